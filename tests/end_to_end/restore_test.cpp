// SPDX-License-Identifier: Apache-2.0
// A daemon on a restored journal: what was done after the backup is not done again behind anybody's back, and
// what came after it is not forgotten.
#include "end_to_end/operator_at_work.h"
#include "store/store.h"
#include "support/running_simulators.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RestoreEndToEnd : public ::testing::Test {
protected:
    // Backs up, lets `meanwhile` happen, loses the spool, restores and starts again.
    void loseAfter(const std::function<void()>& meanwhile) {
        const std::string backup = daemon.root() + "/backup";
        ASSERT_EQ(anne.run({"backup", backup}), 0) << anne.said;
        meanwhile();
        ASSERT_EQ(daemon.stop(), 0) << daemon.log();
        std::filesystem::remove_all(daemon.root() + "/spool");
        ASSERT_EQ(anne.run({"restore", backup, daemon.root() + "/spool"}), 0) << anne.said;
        ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    }
    void sendEvent(const std::string& id, const std::string& dossier) {
        ASSERT_EQ(anne.run({"event", "send", "bank", id, "--about", dossier, "--reason", "seen"}), 0)
            << anne.said;
    }
    std::size_t mails() const { return world.received("smtp").at("messages").size(); }
    std::vector<MessageRow> messagesOf(const std::string& dossier) const {
        return openSqliteStore(daemon.root() + "/spool/journal")
            .value()
            ->openReader()
            .value()
            ->messages(dossier)
            .value();
    }

    RunningSimulators world{R"({"smtp": {}})"};
    DaemonUnderTest daemon{
        R"(wait { id = "paid", for_event = "bank" },
           notify { id = "tell", via = "mail", to = { "anne@client.test" }, template = "sealed",
                    on_unknown = "uncertain" })",
        "stable_seconds = 0",
        fmt::format(R"(notifiers = {{ notifier {{ name = "mail", plugin = "notify-smtp", host = "localhost",
                        port = {}, from = "greffe@office.test", tls = "none" }} }},)",
                    world.portOf("smtp"))};
    Operator anne{daemon};
};

TEST_F(RestoreEndToEnd, AMailThatMayHaveLeftAfterTheBackupWaitsForAPerson) {
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("lease.pdf", tinyPdf());
    const std::string dossier = anne.waitFor("waiting");
    loseAfter([&] {
        sendEvent("transfer-1", dossier);
        EXPECT_EQ(anne.waitFor("done"), dossier);
        EXPECT_EQ(mails(), 1U);
    });
    // The event, sent again, does not make it leave a second time.
    EXPECT_EQ(anne.waitFor("held"), dossier);
    const Json shown = anne.json({"dossier", "show", dossier});
    EXPECT_EQ(textOf(memberOf(shown, "dossier"), "reason"), "restored") << anne.said;
    ASSERT_EQ(anne.run({"dossier", "explain", dossier}), 0);
    EXPECT_THAT(anne.said, HasSubstr("tell"));
    EXPECT_THAT(anne.said, HasSubstr("greffe dossier retry"));
    EXPECT_THAT(daemon.log(), HasSubstr("journal restored"));
    EXPECT_EQ(mails(), 1U);

    ASSERT_EQ(anne.run({"dossier", "retry", dossier, "--reason", "the mail server knows nothing of it"}), 0)
        << anne.said;
    EXPECT_EQ(anne.waitFor("waiting"), dossier) << "the event is as unknown as the mail";
    sendEvent("transfer-1", dossier);
    EXPECT_EQ(anne.waitFor("done"), dossier);
    EXPECT_EQ(mails(), 2U);
    const std::vector<MessageRow> messages = messagesOf(dossier);
    ASSERT_THAT(messages, SizeIs(1));
    EXPECT_EQ(messages[0].state, "possible_duplicate");

    // Once only: the next start finds nothing to hold.
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    const std::string log = daemon.log();
    EXPECT_EQ(log.find("journal restored"), log.rfind("journal restored"));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

// Its receipt said "waiting" when the journal was lost: whoever looks into the folder must see that it stands
// still now, and why.
TEST_F(RestoreEndToEnd, WhatIsHeldSaysSoInItsFolder) {
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("lease.pdf", tinyPdf());
    const std::string dossier = anne.waitFor("waiting");
    loseAfter([] {});
    EXPECT_EQ(anne.waitFor("held"), dossier);
    const auto receipt = [&] {
        return Json::parse(daemon.contentOf("in-progress", "lease.pdf.receipt.json"), nullptr, false);
    };
    for (int i = 0; i < 500 && textOf(receipt(), "state") != "held"; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(textOf(receipt(), "state"), "held")
        << daemon.contentOf("in-progress", "lease.pdf.receipt.json") << daemon.log();
    EXPECT_EQ(textOf(receipt(), "reason"), "restored");
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST_F(RestoreEndToEnd, AFileThatCameAfterTheBackupIsClaimedAgain) {
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    daemon.drop("early.pdf", tinyPdf("early"));
    const std::string early = anne.waitFor("waiting");
    loseAfter([&] {
        daemon.drop("late.pdf", tinyPdf("late"));
        anne.waitFor("waiting", 2);
        EXPECT_THAT(daemon.names("in-progress"), ::testing::Contains("late.pdf"));
    });
    const std::string late = anne.waitFor("waiting");
    EXPECT_NE(late, early) << "that one is held";
    EXPECT_THAT(anne.dossiers("held"), ElementsAre(early));
    const Json shown = anne.json({"dossier", "show", late});
    EXPECT_THAT(dumpJson(shown), HasSubstr("late.pdf"));
    EXPECT_THAT(daemon.log(), HasSubstr("file unknown to the restored journal"));
    EXPECT_THAT(daemon.names("in-progress"), ::testing::IsSupersetOf({"early.pdf", "late.pdf"}));
    sendEvent("transfer-2", late);
    EXPECT_EQ(anne.waitFor("done"), late);
    EXPECT_EQ(daemon.contentOf("done", "late.pdf"), tinyPdf("late"));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

}  // namespace
}  // namespace greffe
