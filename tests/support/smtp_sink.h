// SPDX-License-Identifier: Apache-2.0
// An SMTP server for tests: takes mails, remembers them, and answers each command as the test says.
//
//   SmtpSink sink;
//   sink.answers["RCPT"] = "550 no such person";
//   … connect to 127.0.0.1:sink.port() …
//   EXPECT_EQ(sink.mails().size(), 0U);
//
// Set everything up before the first connection; mails() may be asked at any time.
#pragma once

#include "support/test_server.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace greffe {

struct TakenMail {
    std::string from, to;  // the commands' arguments
    std::string data;      // without dot-stuffing and final dot
    std::string user, password;
    bool wasTls = false;
};

class SmtpSink {
public:
    // By command: "" is the greeting, "." the final answer. An empty answer closes the connection.
    std::map<std::string, std::string> answers;
    std::vector<std::string> extensions = {"8BITMIME", "SIZE 10000000"};
    SSL_CTX* tls = nullptr;   // STARTTLS is offered
    bool isImplicit = false;  // TLS from the first byte
    bool takesInitialResponse = true;
    std::string injectedAfterStartTls;  // sent together with the answer, before TLS

    SmtpSink() : server_([this](TestConnection& client) { talk(client); }) {}

    int port() const { return server_.port(); }
    int connections() const { return server_.connections(); }
    std::vector<TakenMail> mails() const {
        const std::lock_guard lock(mutex_);
        return mails_;
    }
    // Mails whose final dot arrived, whatever was answered.
    int finalDots() const { return finalDots_; }
    std::vector<std::string> commands() const {
        const std::lock_guard lock(mutex_);
        return commands_;
    }

private:
    // False when the connection is to end.
    bool answer(TestConnection& client, const std::string& command, const std::string& usual) {
        const auto found = answers.find(command);
        const std::string text = found == answers.end() ? usual : found->second;
        return !text.empty() && client.write(text + "\r\n");
    }

    void talk(TestConnection& client) {
        if (isImplicit && !client.startTls(tls)) return;
        TakenMail mail;
        mail.wasTls = isImplicit;
        if (!answer(client, "", "220 sink ready")) return;
        for (;;) {
            const std::string line = client.readUntil("\r\n");
            if (line.size() < 2 || line.substr(line.size() - 2) != "\r\n") return;
            const std::string text = line.substr(0, line.size() - 2);
            {
                const std::lock_guard lock(mutex_);
                commands_.push_back(text);
            }
            const std::string word = text.substr(0, text.find(' '));
            if (word == "STARTTLS") {
                if (!client.write(answers.count(word) != 0 ? answers[word] + "\r\n"
                                                           : "220 go\r\n" + injectedAfterStartTls))
                    return;
                if (answers.count(word) != 0) continue;
                if (!client.startTls(tls)) return;
                mail = {};
                mail.wasTls = true;
            } else if (!one(client, word, text, mail)) {
                return;
            }
        }
    }

    bool one(TestConnection& client, const std::string& word, const std::string& text, TakenMail& mail) {
        if (word == "EHLO") return answer(client, word, greeting(mail.wasTls));
        if (word == "AUTH") return authenticate(client, text, mail);
        if (word == "MAIL") mail.from = text.substr(10);
        if (word == "RCPT") mail.to = text.substr(8);
        if (word == "MAIL" || word == "RCPT" || word == "RSET") return answer(client, word, "250 fine");
        if (word == "QUIT") {
            answer(client, word, "221 bye");
            return false;
        }
        if (word != "DATA") return answer(client, word, "502 what?");
        if (answers.count(word) != 0) return answer(client, word, "");
        client.write("354 go on\r\n");
        if (!readData(client, mail)) return false;
        ++finalDots_;
        const bool isTaken = answers.count(".") == 0;
        if (isTaken) {
            const std::lock_guard lock(mutex_);
            mails_.push_back(mail);
        }
        return answer(client, ".", "250 taken");
    }

    std::string greeting(bool isTls) const {
        std::vector<std::string> lines = {"sink"};
        lines.insert(lines.end(), extensions.begin(), extensions.end());
        if (tls != nullptr && !isTls) lines.emplace_back("STARTTLS");
        std::string text;
        for (std::size_t i = 0; i < lines.size(); ++i)
            text += std::string(i == 0 ? "" : "\r\n") + "250" + (i + 1 < lines.size() ? "-" : " ") + lines[i];
        return text;
    }

    bool authenticate(TestConnection& client, const std::string& text, TakenMail& mail) {
        if (answers.count(text.substr(0, 10)) != 0) return answer(client, text.substr(0, 10), "");
        const auto ask = [&](const char* question) {
            client.write(question);
            const std::string line = client.readUntil("\r\n");
            return line.substr(0, line.find('\r'));
        };
        if (text.rfind("AUTH PLAIN", 0) == 0) {
            mail.password = text.size() > 11 && takesInitialResponse ? text.substr(11) : ask("334 \r\n");
        } else {
            mail.user = ask("334 Who is it?\r\n");
            mail.password = ask("334 Say friend\r\n");
        }
        return answer(client, "AUTH", "235 welcome");
    }

    static bool readData(TestConnection& client, TakenMail& mail) {
        mail.data.clear();
        for (;;) {
            std::string line = client.readUntil("\r\n");
            if (line.size() < 2 || line.substr(line.size() - 2) != "\r\n") return false;
            if (line == ".\r\n") return true;
            mail.data += line.front() == '.' ? line.substr(1) : line;
        }
    }

    mutable std::mutex mutex_;
    std::vector<TakenMail> mails_;
    std::vector<std::string> commands_;
    std::atomic<int> finalDots_{0};
    TestServer server_;  // last: its threads use the rest
};

}  // namespace greffe
