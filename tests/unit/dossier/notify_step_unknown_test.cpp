// SPDX-License-Identifier: Apache-2.0
// Messages of which nobody knows whether they arrived: after a lost answer, after a crash at any call.
#include "unit/dossier/notify_step_fixture.h"

namespace greffe {
namespace {

using testing::HasSubstr;

TEST_F(NotifyStep, SendsAgainUnderTheSameIdWhenItMay) {
    JournalImage journal;
    const Json params = freeze(makeRun());
    std::map<std::string, std::vector<std::string>> ids;
    const auto server = [&](const Json& message) {
        auto& seen = ids[message["recipient"]];
        seen.push_back(message["message_id"]);
        return seen.size() == 1 && message["recipient"] == "zoe@client.example"
                   ? said(Verdict::Uncertain, Reason::OutcomeUnknown, "cut")
                   : delivered("sent");
    };
    DossierRun run = makeRun();
    const StepEnd first = runOn(run, params, server, journal);
    EXPECT_EQ(first.verdict, Verdict::RetryLater);
    EXPECT_EQ(first.reason, Reason::OutcomeUnknown);
    DossierRun again = makeRun(journal);
    EXPECT_EQ(runOn(again, params, server, journal).verdict, Verdict::Done);
    EXPECT_EQ(ids["zoe@client.example"].size(), 2U);
    EXPECT_EQ(ids["zoe@client.example"][0], ids["zoe@client.example"][1]);
    EXPECT_EQ(ids["paul@client.example"].size(), 1U);
    EXPECT_EQ(journal.state(ids["zoe@client.example"][0]), "possible_duplicate");
    EXPECT_EQ(journal.state(ids["paul@client.example"][0]), "sent");
}

TEST_F(NotifyStep, AsksAPersonWhenItMayNotSendAgain) {
    JournalImage journal;
    const Json params = freeze(makeRun(), {{"on_unknown", "uncertain"}});
    std::map<std::string, int> sends;
    const auto server = [&](const Json& message) {
        const std::string who = message["recipient"];
        ++sends[who];
        return who == "zoe@client.example" && sends[who] == 1
                   ? said(Verdict::Uncertain, Reason::OutcomeUnknown, "cut")
                   : delivered("sent");
    };
    DossierRun run = makeRun();
    const StepEnd first = runOn(run, params, server, journal);
    EXPECT_EQ(first.verdict, Verdict::Uncertain);
    EXPECT_EQ(sends["paul@client.example"], 1) << "the others do not wait for that";
    EXPECT_THAT(first.explanation, HasSubstr("1 of 3"));
    // "It did not happen", said the operator: the step runs again.
    DossierRun again = makeRun(journal);
    EXPECT_EQ(runOn(again, params, server, journal).verdict, Verdict::Done);
    EXPECT_EQ(sends["zoe@client.example"], 2);
    EXPECT_EQ(sends["paul@client.example"], 1);
}

// The daemon dies during each call, before and after the server took the mail.
TEST_F(NotifyStep, TellsTheTruthAfterACrashAtEveryCall) {
    for (const bool isResent : {true, false}) {
        const Json params = freeze(makeRun(), {{"on_unknown", isResent ? "resend" : "uncertain"}});
        JournalImage whole;
        std::vector<JournalImage> images;
        {
            DossierRun run = makeRun();
            ASSERT_EQ(runOn(
                          run, params, [](const Json&) { return delivered("sent"); }, whole, false, &images)
                          .verdict,
                      Verdict::Done);
        }
        ASSERT_EQ(images.size(), 3U);
        for (std::size_t crash = 0; crash < images.size(); ++crash) {
            for (const bool wasTaken : {true, false}) {
                JournalImage journal = images[crash];
                // What the server has at that moment.
                std::map<std::string, int> mails;
                for (std::size_t i = 0; i < crash + (wasTaken ? 1 : 0); ++i)
                    ++mails[params["messages"][i]["recipient"]];
                DossierRun run = makeRun(journal);
                const StepEnd end = runOn(
                    run, params,
                    [&](const Json& message) {
                        ++mails[message["recipient"]];
                        return delivered("sent");
                    },
                    journal, true);
                EXPECT_EQ(end.verdict, isResent ? Verdict::Done : Verdict::Uncertain) << crash;
                for (std::size_t i = 0; i < 3; ++i) {
                    const std::string id = params["messages"][i]["message_id"];
                    const int count = mails[params["messages"][i]["recipient"]];
                    if (i != crash) {
                        EXPECT_EQ(count, 1) << "recipient " << i << ", crash in call " << crash;
                        EXPECT_EQ(journal.state(id), "sent");
                    } else if (isResent) {
                        EXPECT_EQ(journal.state(id), "possible_duplicate");
                        EXPECT_EQ(count, wasTaken ? 2 : 1);
                    } else {
                        EXPECT_EQ(journal.state(id), "uncertain");
                        EXPECT_EQ(count, wasTaken ? 1 : 0) << "never without a person's word";
                    }
                }
            }
        }
    }
}

TEST_F(NotifyStep, LeavesTheUncertainOneAloneWhileOthersAreTriedAgain) {
    JournalImage journal;
    const Json params = freeze(makeRun(), {{"on_unknown", "uncertain"}});
    std::map<std::string, int> sends;
    const auto server = [&](const Json& message) {
        const std::string who = message["recipient"];
        const int count = ++sends[who];
        if (who == "zoe@client.example") return said(Verdict::Uncertain, Reason::OutcomeUnknown, "cut");
        return count == 1 ? said(Verdict::RetryLater, Reason::ProviderError, "450") : delivered("sent");
    };
    DossierRun run = makeRun();
    EXPECT_EQ(runOn(run, params, server, journal).verdict, Verdict::RetryLater);
    DossierRun again = makeRun(journal);
    EXPECT_EQ(runOn(again, params, server, journal).verdict, Verdict::Uncertain);
    EXPECT_EQ(sends["zoe@client.example"], 1);
    EXPECT_EQ(sends["paul@client.example"], 2);
}

}  // namespace
}  // namespace greffe
