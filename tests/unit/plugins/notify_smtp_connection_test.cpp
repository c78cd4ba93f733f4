// SPDX-License-Identifier: Apache-2.0
// Encryption, authentication, what the server can, options.
#include "unit/plugins/notify_smtp_instance.h"

namespace greffe {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

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
