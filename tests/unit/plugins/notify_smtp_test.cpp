// SPDX-License-Identifier: Apache-2.0
#include "support/fake_host.h"
#include "support/loaded_plugin.h"
#include "support/smtp_sink.h"
#include "support/temporary_directory.h"

#include <greffe/capability/notifier.h>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace greffe {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kNowMs = 1'795'320'000'000;  // 2026-11-22T04:00:00Z

// One configured instance.
class Smtp {
public:
    explicit Smtp(json options, const std::string& password = {}) : host(kNowMs) {
        if (!password.empty()) host.setSecret("password", password);
        instance_ = loadedPlugin("notify-smtp").create(host);
        const std::string text = options.dump();
        isReady = instance_->configure(std::string_view(text), problems) && instance_->validate(problems) &&
                  instance_->provision(problems);
    }
    ~Smtp() {
        instance_->cleanup();
        instance_->release();
    }

    HeardOutcome send(const json& message, const std::vector<DocumentView>& documents = {}) {
        HeardOutcome outcome;
        const std::string text = message.dump(-1, ' ', false, json::error_handler_t::ignore);
        instance_->capability<Notifier>()->send("key", std::string_view(text), documents.data(),
                                                static_cast<std::uint32_t>(documents.size()), outcome);
        EXPECT_EQ(outcome.verdicts, 1);
        return outcome;
    }
    HeardOutcome health() {
        HeardOutcome outcome;
        instance_->capability<Notifier>()->health(outcome);
        return outcome;
    }

    FakeHost host;
    HeardProblems problems;
    bool isReady = false;

private:
    Instance* instance_;
};

json optionsFor(int port, const std::string& tls = "none") {
    return {
        {"host", "127.0.0.1"},         {"port", port},        {"tls", tls}, {"from", "greffe@office.example"},
        {"from_name", "Étude Martin"}, {"timeout_seconds", 5}};
}

json mail() {
    return {{"message_id", "<0123abc.1@office.example>"},
            {"to", {{{"name", "Zoé Durand"}, {"address", "zoe@client.example"}}}},
            {"subject", "Votre bail est signé"},
            {"text", "Bonjour,\n.caché\nAu revoir"},
            {"language", "fr"},
            {"date_unix", 1'795'320'000}};
}

TEST(NotifySmtp, SendsAMail) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    ASSERT_TRUE(smtp.isReady) << smtp.problems.all();
    const HeardOutcome outcome = smtp.send(mail());
    EXPECT_EQ(outcome.verdict, Verdict::Done) << outcome.explanation;
    ASSERT_EQ(sink.mails().size(), 1U);
    const TakenMail taken = sink.mails().front();
    EXPECT_THAT(taken.from, HasSubstr("<greffe@office.example> SIZE="));
    EXPECT_THAT(taken.from, HasSubstr(" BODY=8BITMIME"));
    EXPECT_EQ(taken.to, "<zoe@client.example>");
    EXPECT_EQ(taken.data,
              "Date: Sun, 22 Nov 2026 04:00:00 +0000\r\n"
              "From: =?UTF-8?B?w4l0dWRlIE1hcnRpbg==?=\r\n <greffe@office.example>\r\n"
              "To: =?UTF-8?B?Wm/DqSBEdXJhbmQ=?=\r\n <zoe@client.example>\r\n"
              "Message-ID: <0123abc.1@office.example>\r\n"
              "Subject: =?UTF-8?B?Vm90cmUgYmFpbCBlc3Qgc2lnbsOp?=\r\n"
              "Auto-Submitted: auto-generated\r\n"
              "MIME-Version: 1.0\r\n"
              "Content-Language: fr\r\n"
              "Content-Type: text/plain; charset=utf-8\r\n"
              "Content-Transfer-Encoding: 8bit\r\n\r\n"
              "Bonjour,\r\n.caché\r\nAu revoir\r\n");
    EXPECT_NE(taken.from.find("SIZE=" + std::to_string(taken.data.size())), std::string::npos);
    const json recipients = json::parse(outcome.facts.at("recipients"));
    EXPECT_EQ(recipients[0]["state"], "sent");
    EXPECT_EQ(recipients[0]["code"], 250);
    std::vector<std::string> phases;
    for (const json& each : json::parse(outcome.facts.at("answers"))) {
        phases.push_back(each["phase"]);
        EXPECT_EQ(each["at_unix_ms"], kNowMs);
    }
    EXPECT_THAT(phases, testing::ElementsAre("greeting", "ehlo", "mail", "rcpt", "data", "end", "quit"));
}

TEST(NotifySmtp, WritesWhatEveryServerCanTake) {
    SmtpSink sink;
    sink.extensions.clear();
    Smtp smtp(optionsFor(sink.port()));
    json message = mail();
    message["text"] = "é = " + std::string(1200, 'x') + " \nend\t";
    ASSERT_EQ(smtp.send(message).verdict, Verdict::Done);
    const TakenMail taken = sink.mails().front();
    EXPECT_EQ(taken.from, "<greffe@office.example>");
    EXPECT_THAT(taken.data, HasSubstr("quoted-printable"));
    EXPECT_THAT(taken.data, HasSubstr("\r\n\r\n=C3=A9 =3D xxx"));
    EXPECT_THAT(taken.data, HasSubstr("x=20\r\nend=09\r\n"));
    for (std::size_t at = 0, end = 0; (end = taken.data.find("\r\n", at)) != std::string::npos; at = end + 2)
        EXPECT_LE(end - at, 76U) << taken.data.substr(at, end - at);
    for (const char c : taken.data)
        EXPECT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(NotifySmtp, KeepsLongLinesWithinTheLimit) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    json message = mail();
    message["text"] = std::string(998, 'a') + "\n" + std::string(998, '.');
    ASSERT_EQ(smtp.send(message).verdict, Verdict::Done);
    EXPECT_THAT(sink.mails()[0].data, HasSubstr("7bit"));
    EXPECT_THAT(sink.mails()[0].data, HasSubstr("\r\n" + std::string(998, '.') + "\r\n"));
    message["text"] = std::string(999, 'a');
    ASSERT_EQ(smtp.send(message).verdict, Verdict::Done);
    EXPECT_THAT(sink.mails()[1].data, HasSubstr("quoted-printable"));
}

// Read by another program: Python's e-mail package.
TEST(NotifySmtp, IsReadByOthersAsItWasMeant) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    std::string pdf;
    for (int i = 0; i < 100'000; ++i)
        pdf += static_cast<char>(i * 7 % 256);
    DocumentView first, second;
    first.mediaType = "application/pdf";
    first.bytes = Slice(pdf);
    second.index = 1;
    second.mediaType = "message/rfc822";
    second.bytes = "Subject: inner\r\n\r\nx";
    json message = mail();
    message["subject"] = "Réf. 2026/11 – " + std::string(150, 'e') + " été";
    message["to"][0]["name"] = "Durand, \"Zoé\" <zoe@evil.example>";
    message["html"] = "<p>Bonjour é</p>";
    const std::string longName =
        "Bail d'habitation – appartement n° 12, bâtiment « Les Érables » à Évreux (Eure), signé par toutes "
        "les parties.pdf";
    message["attachments"] = {{{"document", 0}, {"name", longName}},
                              {{"document", 1}, {"name", "a \"b\".eml"}}};
    ASSERT_EQ(smtp.send(message, {first, second}).verdict, Verdict::Done);
    const TemporaryDirectory directory;
    std::ofstream(directory.path() + "/mail.eml", std::ios::binary) << sink.mails().front().data;
    std::ofstream(directory.path() + "/read.py") << R"PY(
import email, email.policy, hashlib, json, sys
m = email.message_from_binary_file(open(sys.argv[1], "rb"), policy=email.policy.default)
body = m.get_body(("html",)); text = m.get_body(("plain",))
print(json.dumps({
  "subject": m["subject"], "to": [[a.display_name, a.addr_spec] for a in m["to"].addresses],
  "from": [[a.display_name, a.addr_spec] for a in m["from"].addresses],
  "id": m["message-id"], "defects": [str(d) for p in m.walk() for d in p.defects],
  "text": text.get_content(), "html": body.get_content(),
  "attachments": [[a.get_filename(), a.get_content_type(), hashlib.sha256(a.get_content()).hexdigest()] for a in m.iter_attachments()]}))
)PY";
    const std::string command =
        "/usr/bin/python3 " + directory.path() + "/read.py " + directory.path() + "/mail.eml";
    FILE* const reader = popen(command.c_str(), "r");
    ASSERT_NE(reader, nullptr);
    std::string output(100'000, '\0');
    output.resize(fread(output.data(), 1, output.size(), reader));
    ASSERT_EQ(pclose(reader), 0);
    const json read = json::parse(output);
    EXPECT_EQ(read["subject"], message["subject"]);
    EXPECT_EQ(read["to"], json::parse(R"([["Durand, \"Zoé\" <zoe@evil.example>","zoe@client.example"]])"));
    EXPECT_EQ(read["from"], json::parse(R"([["Étude Martin","greffe@office.example"]])"));
    EXPECT_EQ(read["id"], message["message_id"]);
    EXPECT_EQ(read["defects"], json::array());
    EXPECT_EQ(read["text"], message["text"]);
    EXPECT_EQ(read["html"], message["html"]);
    unsigned char digest[32];
    EVP_Digest(pdf.data(), pdf.size(), digest, nullptr, EVP_sha256(), nullptr);
    std::string hex;
    for (const unsigned char byte : digest) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", byte);
        hex += two;
    }
    ASSERT_EQ(read["attachments"].size(), 2U);
    EXPECT_EQ(read["attachments"][0], json({longName, "application/pdf", hex}));
    EXPECT_EQ(read["attachments"][1][0], "a \"b\".eml");
    EXPECT_EQ(read["attachments"][1][1], "application/octet-stream") << "a mail inside may not be in base 64";
}

// The answer to every command, and what it means.
TEST(NotifySmtp, SaysWhatAnAnswerMeans) {
    struct Case {
        const char* command;
        const char* answer;
        Verdict verdict;
        const char* meaning;  // state of the recipient, or reason
    };
    for (const Case& each : {
             Case{"", "554 not today", Verdict::RetryLater, "provider_unavailable"},
             Case{"", "421 busy", Verdict::RetryLater, "provider_unavailable"},
             Case{"", "hello", Verdict::RetryLater, "provider_unavailable"},
             Case{"EHLO", "500 what", Verdict::RetryLater, "provider_unavailable"},
             Case{"MAIL", "451 later", Verdict::RetryLater, "provider_error"},
             Case{"MAIL", "553 sender not allowed", Verdict::Done, "refused"},
             Case{"RCPT", "450 greylisted", Verdict::RetryLater, "provider_error"},
             Case{"RCPT", "550 no such person", Verdict::Done, "refused"},
             Case{"RCPT", "251 forwarded", Verdict::Done, "sent"},
             Case{"RCPT", "", Verdict::RetryLater, "provider_unavailable"},
             Case{"DATA", "452 full", Verdict::RetryLater, "provider_error"},
             Case{"DATA", "554 no", Verdict::Done, "refused"},
             Case{"DATA", "250 odd", Verdict::RetryLater, "provider_error"},
             Case{"DATA", "", Verdict::RetryLater, "provider_unavailable"},
             Case{".", "451 try again", Verdict::RetryLater, "provider_error"},
             Case{".", "552 too large after all", Verdict::Done, "refused"},
             Case{".", "", Verdict::Uncertain, ""},
             Case{".", "nonsense", Verdict::Uncertain, ""},
             Case{".", "354 what", Verdict::Uncertain, ""},
             Case{"QUIT", "", Verdict::Done, "sent"},
         }) {
        SmtpSink sink;
        sink.answers[each.command] = each.answer;
        Smtp smtp(optionsFor(sink.port()));
        const HeardOutcome outcome = smtp.send(mail());
        const std::string label = std::string(each.command) + " → " + each.answer;
        EXPECT_EQ(static_cast<int>(outcome.verdict), static_cast<int>(each.verdict))
            << label << outcome.explanation;
        if (each.verdict == Verdict::RetryLater) {
            EXPECT_EQ(outcome.reason, each.meaning) << label;
        }
        if (each.verdict == Verdict::Done) {
            EXPECT_EQ(json::parse(outcome.facts.at("recipients"))[0]["state"], each.meaning) << label;
        }
        EXPECT_EQ(sink.connections(), 1) << "no try behind the engine's back";
    }
}

// The connection breaks after every byte that the server sends: what is said must be what happened.
TEST(NotifySmtp, TellsTheTruthAboutEveryCutOfTheAnswers) {
    std::size_t whole = 0;
    {
        SmtpSink sink;
        CutProxy proxy(sink.port(), CutProxy::kNever, CutProxy::kNever);
        Smtp smtp(optionsFor(proxy.port()));
        ASSERT_EQ(smtp.send(mail()).verdict, Verdict::Done);
        whole = proxy.bytesDown();
    }
    int uncertain = 0;
    for (std::size_t cut = 0; cut < whole; ++cut) {
        SmtpSink sink;
        CutProxy proxy(sink.port(), CutProxy::kNever, cut);
        Smtp smtp(optionsFor(proxy.port()));
        const HeardOutcome outcome = smtp.send(mail());
        switch (outcome.verdict) {
            case Verdict::Done: EXPECT_EQ(sink.mails().size(), 1U) << "cut after " << cut; break;
            case Verdict::RetryLater: EXPECT_EQ(sink.finalDots(), 0) << "cut after " << cut; break;
            case Verdict::Uncertain: ++uncertain; break;
            default: FAIL() << "cut after " << cut;
        }
    }
    EXPECT_EQ(uncertain, static_cast<int>(std::string("250 taken\r\n").size()))
        << "while the last answer is on its way";
}

// The same in the other direction: the server gets only the first bytes.
TEST(NotifySmtp, TellsTheTruthAboutEveryCutOfTheMail) {
    std::size_t whole = 0;
    {
        SmtpSink sink;
        CutProxy proxy(sink.port(), CutProxy::kNever, CutProxy::kNever);
        Smtp smtp(optionsFor(proxy.port()));
        ASSERT_EQ(smtp.send(mail()).verdict, Verdict::Done);
        whole = proxy.bytesUp();
    }
    for (std::size_t cut = 0; cut < whole; ++cut) {
        SmtpSink sink;
        HeardOutcome outcome;
        {
            CutProxy proxy(sink.port(), cut, CutProxy::kNever);
            Smtp smtp(optionsFor(proxy.port()));
            outcome = smtp.send(mail());
        }
        const bool isTaken = !sink.mails().empty();
        if (outcome.verdict == Verdict::Done) {
            EXPECT_TRUE(isTaken) << "cut after " << cut;
        }
        if (outcome.verdict == Verdict::RetryLater) {
            EXPECT_FALSE(isTaken) << "cut after " << cut;
        }
    }
}

TEST(NotifySmtp, SendsOneMailToEachRecipient) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    json message = mail();
    message["to"] = {
        {{"address", "a@x.example"}}, {{"address", "b@x.example"}}, {{"address", "c@x.example"}}};
    const HeardOutcome outcome = smtp.send(message);
    EXPECT_EQ(outcome.verdict, Verdict::Done);
    ASSERT_EQ(sink.mails().size(), 3U);
    EXPECT_EQ(sink.connections(), 1);
    EXPECT_THAT(sink.mails()[1].data, HasSubstr("To: <b@x.example>\r\n"));
    EXPECT_THAT(sink.mails()[1].data, Not(HasSubstr("a@x.example"))) << "nobody learns who else got it";
    EXPECT_EQ(json::parse(outcome.facts.at("recipients")).size(), 3U);
}

TEST(NotifySmtp, RefusesWhatCouldBreakOutOfItsPlace) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    DocumentView document;
    document.mediaType = "application/pdf";
    const auto refuses = [&](const char* where, const json& message) {
        const HeardOutcome outcome = smtp.send(message, {document});
        EXPECT_EQ(outcome.verdict, Verdict::Rejected) << where;
        EXPECT_EQ(outcome.reason, "invalid_options") << where;
    };
    for (const std::string& breaker : {std::string("\r\nBcc: x@evil.example"), std::string("\n"),
                                       std::string("\r"), std::string("\0", 1)}) {
        json message = mail();
        message["subject"] = "x" + breaker;
        refuses("subject", message);
        message = mail();
        message["to"][0]["name"] = "x" + breaker;
        refuses("name", message);
        message = mail();
        message["to"][0]["address"] = "x@client.example" + breaker;
        refuses("address", message);
        message = mail();
        message["message_id"] = "<a@b" + breaker + ">";
        refuses("message_id", message);
        message = mail();
        message["language"] = "fr" + breaker;
        refuses("language", message);
        message = mail();
        message["attachments"] = {{{"document", 0}, {"name", "x" + breaker + ".pdf"}}};
        refuses("attachment", message);
    }
    for (const char* address :
         {"", "x", "@x.example", "x@", "a b@x.example", "a@x@y.example", "<a@x.example>", "a@x.example>",
          "a@x.example,b@x.example", "\"a b\"@x.example", ".a@x.example", "a..b@x.example", "a@[127.0.0.1]",
          "a@-x.example", "a@x.example SIZE=1"}) {
        json message = mail();
        message["to"][0]["address"] = address;
        refuses(address, message);
    }
    json message = mail();
    message["text"] = std::string("a\0b", 3);
    refuses("text", message);
    message = mail();
    message["attachments"] = {{{"document", 1}, {"name", "x.pdf"}}};
    refuses("index", message);
    message = mail();
    message["to"] = json::array();
    refuses("nobody", message);
    EXPECT_EQ(sink.connections(), 0);
}

TEST(NotifySmtp, ProtectsTheConnection) {
    TestPki pki;
    TestPki strangers;
    const TestTlsContext good = serverTls(pki.server("localhost"));
    TestProfile elsewhere;
    elsewhere.subjectAltName = "DNS:mail.example,IP:127.0.0.2";
    const TestTlsContext otherName = serverTls(pki.issue(elsewhere));
    const TestTlsContext otherRoot = serverTls(strangers.server("localhost"));
    const TestTlsContext tls11 = serverTls(pki.server("localhost"), TLS1_1_VERSION, TLS1_1_VERSION);
    const TemporaryDirectory directory;
    std::ofstream(directory.path() + "/ca.pem") << pki.rootPem();
    for (const bool isImplicit : {false, true}) {
        const auto send = [&](SSL_CTX* tls, const char* host, const char* injected = "") {
            SmtpSink sink;
            sink.tls = tls;
            sink.isImplicit = isImplicit;
            sink.extensions.emplace_back("AUTH LOGIN PLAIN");
            sink.injectedAfterStartTls = injected;
            json options = optionsFor(sink.port(), isImplicit ? "implicit" : "starttls");
            options["host"] = host;
            options["ca_file"] = directory.path() + "/ca.pem";
            options["username"] = "greffe";
            Smtp smtp(options, "sesame");
            EXPECT_TRUE(smtp.isReady) << smtp.problems.all();
            const HeardOutcome outcome = smtp.send(mail());
            if (outcome.verdict == Verdict::Done) {
                EXPECT_TRUE(sink.mails().at(0).wasTls);
                EXPECT_EQ(sink.mails().at(0).password, "AGdyZWZmZQBzZXNhbWU=");
            } else {
                EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
                EXPECT_EQ(sink.mails().size(), 0U);
                for (const std::string& line : sink.commands())
                    EXPECT_THAT(line, Not(HasSubstr("AUTH"))) << "a password before trust";
            }
            return outcome.verdict;
        };
        EXPECT_EQ(send(good.get(), "127.0.0.1"), Verdict::Done);
        EXPECT_EQ(send(good.get(), "localhost"), Verdict::Done);
        EXPECT_EQ(send(otherName.get(), "127.0.0.1"), Verdict::RetryLater);
        EXPECT_EQ(send(otherName.get(), "localhost"), Verdict::RetryLater);
        EXPECT_EQ(send(otherRoot.get(), "127.0.0.1"), Verdict::RetryLater);
        EXPECT_EQ(send(tls11.get(), "127.0.0.1"), Verdict::RetryLater);
        // Somebody in between adds an answer of their own before TLS begins.
        if (!isImplicit) {
            EXPECT_EQ(send(good.get(), "127.0.0.1", "250 evil\r\n"), Verdict::RetryLater);
        }
    }
}

TEST(NotifySmtp, DoesNotGoOnWithoutStartTls) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port(), "starttls"));
    const HeardOutcome outcome = smtp.send(mail());
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_EQ(outcome.reason, "bad_answer");
    for (const std::string& line : sink.commands())
        EXPECT_THAT(line, Not(HasSubstr("MAIL")));
}

TEST(NotifySmtp, Authenticates) {
    const auto with = [](SmtpSink& sink) {
        json options = optionsFor(sink.port());
        options["username"] = "greffe";
        Smtp smtp(options, "sesame");
        EXPECT_TRUE(smtp.isReady) << smtp.problems.all();
        return smtp.send(mail());
    };
    {
        SmtpSink sink;
        sink.extensions = {"AUTH LOGIN"};
        EXPECT_EQ(with(sink).verdict, Verdict::Done);
        EXPECT_EQ(sink.mails().at(0).user, "Z3JlZmZl");
        EXPECT_EQ(sink.mails().at(0).password, "c2VzYW1l");
    }
    {
        SmtpSink sink;
        sink.extensions = {"AUTH PLAIN LOGIN"};
        sink.answers["AUTH PLAIN"] = "504 not that one";
        EXPECT_EQ(with(sink).verdict, Verdict::Done);
        EXPECT_EQ(sink.mails().at(0).password, "c2VzYW1l");
    }
    {
        SmtpSink sink;
        sink.extensions = {"AUTH PLAIN"};
        sink.takesInitialResponse = false;
        EXPECT_EQ(with(sink).verdict, Verdict::Done);
        EXPECT_EQ(sink.mails().at(0).password, "AGdyZWZmZQBzZXNhbWU=");
    }
    {
        SmtpSink sink;
        sink.extensions = {"AUTH PLAIN LOGIN"};
        sink.answers["AUTH"] = "535 wrong";
        const HeardOutcome outcome = with(sink);
        EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
        EXPECT_EQ(outcome.reason, "unauthorized");
        EXPECT_THAT(outcome.explanation, HasSubstr("wrong"));
    }
    {
        SmtpSink sink;
        EXPECT_EQ(with(sink).reason, "unauthorized") << "never without, when configured";
        EXPECT_EQ(sink.mails().size(), 0U);
    }
}

TEST(NotifySmtp, LooksAtWhatTheServerCan) {
    SmtpSink sink;
    sink.extensions = {"SIZE 600"};
    Smtp smtp(optionsFor(sink.port()));
    json message = mail();
    message["text"] = std::string(900, 'x');
    EXPECT_EQ(json::parse(smtp.send(message).facts.at("recipients"))[0]["state"], "refused");
    message = mail();
    message["to"][0]["address"] = "zoé@client.example";
    EXPECT_EQ(json::parse(smtp.send(message).facts.at("recipients"))[0]["state"], "refused");
    EXPECT_EQ(sink.mails().size(), 0U);
    SmtpSink modern;
    modern.extensions = {"SMTPUTF8", "8BITMIME"};
    Smtp other(optionsFor(modern.port()));
    EXPECT_EQ(other.send(message).verdict, Verdict::Done);
    EXPECT_THAT(modern.mails().at(0).from, HasSubstr("SMTPUTF8"));
}

TEST(NotifySmtp, GivesUpInTime) {
    TestServer silent([](TestConnection& client) { client.readUntil("never"); });
    json options = optionsFor(silent.port());
    options["timeout_seconds"] = 1;
    Smtp smtp(options);
    const HeardOutcome outcome = smtp.send(mail());
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_THAT(outcome.explanation, HasSubstr("in time"));
}

TEST(NotifySmtp, IsNotFloodedByAnswers) {
    TestServer endless([](TestConnection& client) {
        while (client.write("220-and another thing\r\n")) {
        }
    });
    EXPECT_EQ(Smtp(optionsFor(endless.port())).send(mail()).verdict, Verdict::RetryLater);
    TestServer wide([](TestConnection& client) {
        while (client.write(std::string(1000, 'x'))) {
        }
    });
    EXPECT_EQ(Smtp(optionsFor(wide.port())).send(mail()).verdict, Verdict::RetryLater);
}

TEST(NotifySmtp, KnowsWhetherTheServerIsWell) {
    SmtpSink sink;
    Smtp smtp(optionsFor(sink.port()));
    EXPECT_EQ(smtp.health().verdict, Verdict::Done);
    EXPECT_EQ(sink.mails().size(), 0U);
    EXPECT_EQ(Smtp(optionsFor(1)).health().verdict, Verdict::RetryLater);
}

TEST(NotifySmtp, ChecksItsOptions) {
    const auto problemsOf = [](json changes, const std::string& password = {}) {
        json options = optionsFor(25);
        options.update(changes);
        const Smtp smtp(options, password);
        EXPECT_EQ(smtp.isReady, smtp.problems.errors.empty());
        return smtp.problems.all();
    };
    EXPECT_EQ(problemsOf(json::object()), "");
    EXPECT_THAT(problemsOf({{"host", "mail.example"}}), HasSubstr("error tls:"));
    EXPECT_EQ(problemsOf({{"host", "mail.example"}, {"allow_plaintext", true}}), "");
    EXPECT_THAT(problemsOf({{"from", "office"}}), HasSubstr("error from:"));
    EXPECT_THAT(problemsOf({{"from_name", "a\r\nBcc: b"}}), HasSubstr("error from_name:"));
    EXPECT_THAT(problemsOf({{"username", "u"}}), HasSubstr("error password:"));
    EXPECT_THAT(problemsOf(json::object(), "p"), HasSubstr("error username:"));
    EXPECT_THAT(problemsOf({{"helo_name", "a b"}}), HasSubstr("error helo_name:"));
    EXPECT_THAT(problemsOf({{"host", "a b"}}), HasSubstr("error host:"));
    EXPECT_THAT(problemsOf({{"tls", "starttls"}, {"ca_file", "/nonexistent"}}), HasSubstr("error ca_file:"));
}

}  // namespace
}  // namespace greffe
