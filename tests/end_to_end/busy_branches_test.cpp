// SPDX-License-Identifier: Apache-2.0
// A dossier of which one branch has a call out while another one's time comes, or ends it: the real daemon
// and a mail server that takes its time.
#include "end_to_end/journal_view.h"
#include "end_to_end/operator_at_work.h"
#include "support/daemon_under_test.h"
#include "support/running_simulators.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

namespace greffe {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* kTell =
    R"(notify { id = "tell", via = "mail", to = { "anne@client.test" }, subject = "s", text = "t" })";

std::string mailAt(int port) {
    return fmt::format(
        R"(notifiers = {{ notifier {{ name = "mail", plugin = "notify-smtp", host = "localhost", port = {},
        tls = "none", from = "greffe@office.test", timeout_seconds = 60 }} }},)",
        port);
}

// Looks into the journal until `isTrue`, at most 20 seconds.
bool soon(const DaemonUnderTest& daemon, const std::function<bool(const JournalView&)>& isTrue) {
    for (int i = 0; i < 400; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        if (daemon.log().find("daemon started") != std::string::npos && isTrue(JournalView(daemon.root())))
            return true;
    }
    return false;
}

bool isDone(const JournalView& journal, const std::string& step) {
    for (const DossierRow& dossier : journal.dossiers())
        for (const EffectRow& effect : journal.effects(dossier.id))
            if (effect.step == step && effect.state == EffectState::Done) return true;
    return false;
}

TEST(BusyBranches, ATimeThatHasComeDoesNotWaitForAnotherBranchsCall) {
    RunningSimulators world(R"({"smtp": {}})");
    world.setFaults("smtp", R"([{"at": "message", "fault": "delay", "ms": 30000}])");
    DaemonUnderTest daemon(fmt::format(R"(parallel {{ id = "both", branches = {{
        sign = {{ wait {{ id = "calm", for_seconds = 1 }}, seal {{ id = "seal", key = "office" }} }},
        tell = {{ {} }} }} }})",
                                       kTell),
                           "stable_seconds = 0", mailAt(world.portOf("smtp")));
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    EXPECT_TRUE(soon(daemon, [](const JournalView& journal) { return isDone(journal, "seal"); }))
        << daemon.log();
    EXPECT_FALSE(isDone(JournalView(daemon.root()), "tell")) << "the mail server was too quick for this test";
    daemon.killAllHard();
}

TEST(BusyBranches, ANoThatWasSaidBesideAnotherBranchsCallOutlivesACrash) {
    RunningSimulators world(R"({"smtp": {}})");
    world.setFaults("smtp", R"([{"at": "message", "fault": "delay", "ms": 60000}])");
    DaemonUnderTest daemon(
        fmt::format(R"(seal {{ id = "seal", key = "office" }}, parallel {{ id = "both", branches = {{
        no = {{ wait {{ id = "calm", for_seconds = 1 }}, refuse "the clerk said no" }},
        tell = {{ {} }} }} }})",
                    kTell),
        "stable_seconds = 0", mailAt(world.portOf("smtp")));
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(soon(daemon, [](const JournalView& journal) {
        const auto all = journal.dossiers();
        return all.size() == 1 && all.front().reason == "refused_by_pipeline";
    })) << daemon.log();
    EXPECT_FALSE(isFinal(JournalView(daemon.root()).dossiers().front().state))
        << "the mail's call is still out";
    daemon.killAllHard();

    world.setFaults("smtp", "[]");
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    const JournalView journal(daemon.root());
    const DossierRow ended = journal.dossiers().front();
    EXPECT_EQ(ended.state, DossierState::Refused);
    EXPECT_EQ(ended.explanation, "the clerk said no");
    EXPECT_THAT(daemon.contentOf("rejected", "a.pdf.reason.txt"), HasSubstr("the clerk said no"));
    EXPECT_TRUE(journal.verifyAudit());
}

// Technical trouble after a seal is an operator's to mend, also after a restart: from a quarantine the
// pipeline would begin again, and seal a second time.
TEST(BusyBranches, WhatWasSealedIsNeverQuarantined) {
    DaemonUnderTest daemon(
        R"(seal { id = "seal", document = "document", key = "office" }, validate { id = "check", document = "photo" })",
        "stable_seconds = 0", {},
        R"(documents = { slot "document" {}, slot { name = "photo", mandatory = false } })");
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    Operator clerk(daemon);
    const std::string id = clerk.waitFor("held");
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    ASSERT_TRUE(daemon.start());
    ASSERT_EQ(clerk.waitFor("held"), id) << "the restarted daemon listens";
    ASSERT_EQ(clerk.run({"dossier", "retry", id, "--reason", "again"}), 0) << clerk.said;
    const auto attempts = [&](const JournalView& journal) {
        std::size_t count = 0;
        for (const EffectRow& effect : journal.effects(id))
            count += effect.step == "check" && effect.state == EffectState::Failed ? 1 : 0;
        return count;
    };
    ASSERT_TRUE(soon(daemon, [&](const JournalView& journal) { return attempts(journal) == 2; }))
        << daemon.log();
    EXPECT_EQ(clerk.waitFor("held"), id);
    EXPECT_NE(clerk.run({"quarantine", "release", id, "--reason", "again"}), 0) << clerk.said;
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

}  // namespace
}  // namespace greffe
