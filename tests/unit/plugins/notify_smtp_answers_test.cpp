// SPDX-License-Identifier: Apache-2.0
// What the plugin says of every answer, and of every byte at which the connection may break.
#include "unit/plugins/notify_smtp_instance.h"

namespace greffe {
namespace {

using nlohmann::json;
using testing::HasSubstr;

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

TEST(NotifySmtp, GivesUpInTime) {
    TestServer silent([](TestConnection& client) { client.readUntil("never"); });
    json options = optionsFor(silent.port());
    options["timeout_seconds"] = 1;
    Smtp smtp(options);
    const HeardOutcome outcome = smtp.send(mail());
    EXPECT_EQ(outcome.verdict, Verdict::RetryLater);
    EXPECT_THAT(outcome.explanation, HasSubstr("in time"));
}

}  // namespace
}  // namespace greffe
