// SPDX-License-Identifier: Apache-2.0
// Two clients for tests of the mail simulator: libcurl as any mail program, and a bare socket for what no
// mail program would do.
#pragma once

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

namespace greffe {

struct MailJob {
    int port = 0;
    std::string from = "office@greffe.test";
    std::vector<std::string> to = {"tenant@greffe.test"};
    std::string message = "Message-ID: <1@greffe.test>\r\nSubject: Lease\r\n\r\nSigned.\r\n";
    std::string user;
    std::string password;
    std::string mechanism;  // "LOGIN", "PLAIN" or whatever the server offers
    std::string caFile;     // set: STARTTLS is demanded, the certificate checked
    long timeoutMs = 5000;
};

struct MailResult {
    CURLcode code = CURLE_OK;
    long lastReply = 0;
    std::string text;
};

inline MailResult sendMail(const MailJob& job) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    curl_slist* list = nullptr;
    for (const std::string& each : job.to)
        list = curl_slist_append(list, each.c_str());
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> to(list, curl_slist_free_all);
    const std::unique_ptr<FILE, int (*)(FILE*)> message(
        fmemopen(const_cast<char*>(job.message.data()), job.message.size(), "r"), fclose);
    char why[CURL_ERROR_SIZE] = {};
    curl_easy_setopt(curl.get(), CURLOPT_URL,
                     ("smtp://localhost:" + std::to_string(job.port) + "/greffe.test").c_str());
    curl_easy_setopt(curl.get(), CURLOPT_IPRESOLVE, CURL_IPRESOLVE_V4);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, job.from.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, to.get());
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_READDATA, message.get());
    curl_easy_setopt(curl.get(), CURLOPT_INFILESIZE, static_cast<long>(job.message.size()));
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, job.timeoutMs);
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, why);
    if (!job.user.empty()) {
        curl_easy_setopt(curl.get(), CURLOPT_USERNAME, job.user.c_str());
        curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, job.password.c_str());
        if (!job.mechanism.empty())
            curl_easy_setopt(curl.get(), CURLOPT_LOGIN_OPTIONS, ("AUTH=" + job.mechanism).c_str());
    }
    if (!job.caFile.empty()) {
        curl_easy_setopt(curl.get(), CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
        curl_easy_setopt(curl.get(), CURLOPT_CAINFO, job.caFile.c_str());
    }
    MailResult result;
    result.code = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &result.lastReply);
    result.text = why;
    return result;
}

class BareClient {
public:
    explicit BareClient(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval limit{5, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    ~BareClient() { ::close(fd_); }
    BareClient(const BareClient&) = delete;
    BareClient& operator=(const BareClient&) = delete;

    void say(const std::string& bytes) const { ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
    // A reply's last line without its end; empty when the server closed the connection.
    std::string hear() {
        for (;;) {
            std::string line;
            char c = 0;
            while (::recv(fd_, &c, 1, 0) == 1 && c != '\n')
                line += c;
            if (c != '\n') return {};
            if (line.size() > 3 && line[3] == '-') continue;
            line.pop_back();
            return line;
        }
    }
    std::string ask(const std::string& command) {
        say(command + "\r\n");
        return hear();
    }

private:
    int fd_;
};

}  // namespace greffe
