// SPDX-License-Identifier: Apache-2.0
// E3: the daemon dies between the server's "taken" and its own record of that, again and again. A mail may
// then leave again, but under the same Message-ID and with the journal saying so; and never where the
// pipeline says that a person must decide (E2).
//
// GREFFE_UNRECORDED_KILLS=n: that many kills (the long form: 1000).
#include "base/json.h"
#include "end_to_end/journal_view.h"
#include "support/daemon_under_test.h"
#include "support/running_simulators.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>
#include <map>
#include <random>

namespace greffe {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

int killsWanted() {
    const char* wanted = std::getenv("GREFFE_UNRECORDED_KILLS");
    return wanted != nullptr ? std::atoi(wanted) : 10;
}

class UnrecordedMail : public ::testing::Test {
protected:
    std::unique_ptr<DaemonUnderTest> makeDaemon(const std::string& onUnknown) const {
        return std::make_unique<DaemonUnderTest>(
            fmt::format(R"(seal {{ id = "seal", key = "office" }},
                notify {{ id = "tell", via = "mail", to = {{ "anne@client.test" }}, template = "sealed", on_unknown = "{}",
                          retry = {{ attempts = 1000, first_delay_seconds = 1, max_delay_seconds = 1 }} }})",
                        onUnknown),
            "stable_seconds = 0",
            fmt::format(
                R"(notifiers = {{ notifier {{ name = "mail", plugin = "notify-smtp", host = "localhost",
                            port = {}, from = "greffe@office.test", tls = "none", timeout_seconds = 5 }} }},)",
                world_.portOf("smtp")));
    }
    // Drops one more document and lets the daemon die at one of the answers that come then.
    void killAtAnAnswer(DaemonUnderTest& daemon) {
        names_.push_back(fmt::format("{:05}.pdf", names_.size()));
        daemon.drop(names_.back(), tinyPdf(names_.back()));
        DaemonUnderTest::How how;
        how.environment["GREFFE_FAILPOINTS_SET"] = "message.answered=abort@1";
        ASSERT_TRUE(daemon.start(how));
        ASSERT_EQ(daemon.waitForEnd(DaemonUnderTest::kLongest), 128 + SIGKILL) << daemon.log();
        ++kills_;
    }
    std::map<std::string, int> copies() const {
        std::map<std::string, int> copies;
        const Json received = world_.received("smtp");
        for (const Json& mail : memberOf(received, "messages"))
            ++copies[textOf(mail, "message_id")];
        return copies;
    }

    RunningSimulators world_{R"({"smtp": {}})"};
    std::vector<std::string> names_;
    int kills_ = 0;
};

TEST_F(UnrecordedMail, LeavesAgainUnderItsOwnNameAndTheJournalSaysSo) {
    auto daemon = makeDaemon("resend");
    while (kills_ < killsWanted()) {
        killAtAnAnswer(*daemon);
        if (HasFatalFailure()) return;
        // To its end before the next one: the same first mail would die again and again otherwise.
        ASSERT_TRUE(daemon->start());
        ASSERT_TRUE(daemon->waitUntilSettled(names_.size())) << daemon->log();
        ASSERT_EQ(daemon->stop(), 0) << daemon->log();
    }
    EXPECT_EQ(daemon->brokenPromise(names_, {}), "");
    auto left = copies();
    int again = 0;
    const std::vector<MessageRow> rows = JournalView(daemon->root()).messages();
    EXPECT_EQ(rows.size(), names_.size());
    EXPECT_EQ(left.size(), names_.size()) << "a mail was lost, or left under two names";
    for (const MessageRow& row : rows) {
        EXPECT_GE(left[row.id], 1);
        EXPECT_THAT(row.state, AnyOf("sent", "possible_duplicate"));
        if (row.state == "sent") {
            EXPECT_EQ(left[row.id], 1) << "doubled, and nobody was told";
        }
        again += left[row.id] > 1 ? 1 : 0;
    }
    EXPECT_EQ(again, kills_) << "the daemon did not die between answer and record";
    std::printf("%d kills, %zu mails, %d left again under the same Message-ID, 0 untold\n", kills_,
                rows.size(), again);
}

TEST_F(UnrecordedMail, WaitsForAPersonWhereThePipelineSaysSo) {
    auto daemon = makeDaemon("uncertain");
    while (kills_ < killsWanted() / 2) {
        killAtAnAnswer(*daemon);
        if (HasFatalFailure()) return;
    }
    ASSERT_TRUE(daemon->start());
    const auto until = std::chrono::steady_clock::now() + DaemonUnderTest::kLongest;
    const auto uncertain = [&] {
        std::size_t count = 0;
        for (const DossierRow& dossier : JournalView(daemon->root()).dossiers())
            count += dossier.state == DossierState::Uncertain ? 1 : 0;
        return count;
    };
    while (uncertain() < names_.size() && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(uncertain(), names_.size()) << daemon->log();
    ASSERT_EQ(daemon->stop(), 0) << daemon->log();
    const auto left = copies();
    EXPECT_EQ(left.size(), names_.size());
    for (const auto& [id, count] : left)
        EXPECT_EQ(count, 1) << id << " was sent again without a word of anybody";
    std::printf("%d kills, %zu mails, none sent again\n", kills_, left.size());
}

// `greffe dossier resolve`: what a person says of it is done, and written down with his reason.
TEST_F(UnrecordedMail, IsWhatAPersonSaysItIs) {
    auto daemon = makeDaemon("uncertain");
    killAtAnAnswer(*daemon);
    killAtAnAnswer(*daemon);
    ASSERT_TRUE(daemon->start());
    const auto uncertain = [&] {
        std::vector<std::string> ids;
        for (const DossierRow& dossier : JournalView(daemon->root()).dossiers())
            if (dossier.state == DossierState::Uncertain) ids.push_back(dossier.id);
        return ids;
    };
    const auto until = std::chrono::steady_clock::now() + DaemonUnderTest::kLongest;
    while (uncertain().size() < 2 && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const std::vector<std::string> ids = uncertain();
    ASSERT_EQ(ids.size(), 2U) << daemon->log();
    std::string said;
    const std::vector<std::pair<std::string, std::string>> words = {
        {"--happened", "the client has it"}, {"--not-happened", "the client has nothing"}};
    for (std::size_t i = 0; i < words.size(); ++i)
        ASSERT_EQ(daemon->command({"dossier", "resolve", ids[i], words[i].first, "--reason", words[i].second},
                                  &said),
                  0)
            << said;
    ASSERT_TRUE(daemon->waitUntilSettled(2)) << daemon->log();
    ASSERT_EQ(daemon->stop(), 0) << daemon->log();
    EXPECT_EQ(daemon->brokenPromise(names_, {}), "");
    int mails = 0;
    for (const auto& [id, count] : copies())
        mails += count;
    EXPECT_EQ(mails, 3) << "one more, and only for the one that had nothing";
    const JournalView journal(daemon->root());
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string details;
        for (const AuditRow& row : journal.audit(ids[i]))
            details += row.action + row.detailJson;
        EXPECT_THAT(details, HasSubstr(words[i].second));
    }
}

}  // namespace
}  // namespace greffe
