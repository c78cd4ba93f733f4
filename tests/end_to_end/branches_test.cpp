// SPDX-License-Identifier: Apache-2.0
// Pipelines that decide, wait, and do several things at once: the real daemon, the real lua pool, and the
// journal read (and answered in) while the daemon is stopped, as after a crash or a reboot.
#include "base/json.h"
#include "store/store.h"
#include "support/daemon_under_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

namespace greffe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr const char* kSeal = R"(seal { id = "seal", key = "office" })";
constexpr const char* kCheck = R"(validate { id = "check" })";

// The journal of a daemon that is stopped.
class Journaled {
public:
    explicit Journaled(const DaemonUnderTest& daemon)
        : store_(openSqliteStore(daemon.root() + "/spool/journal").value()),
          reader_(store_->openReader().value()) {}

    DossierRow dossier() {
        const auto all = reader_->dossiers({});
        EXPECT_TRUE(all && all->size() == 1U);
        return all->front();
    }
    // "step" or "step @ branch", in the order in which they ended, with their facts.
    std::vector<std::pair<std::string, Json>> done() {
        std::vector<std::pair<std::string, Json>> steps;
        const auto effects = reader_->effects(dossier().id);
        for (const EffectRow& effect : *effects)
            if (effect.state == EffectState::Done)
                steps.emplace_back(effect.branch.empty() ? effect.step : effect.step + " @ " + effect.branch,
                                   Json::parse(effect.factsJson));
        return steps;
    }
    std::vector<std::string> doneNames() {
        std::vector<std::string> names;
        for (const auto& [name, facts] : done())
            names.push_back(name);
        return names;
    }
    Json factsOf(const std::string& step) {
        for (const auto& [name, facts] : done())
            if (name == step) return facts;
        ADD_FAILURE() << "step \"" << step << "\" is not done";
        return {};
    }
    Json paramsOf(const std::string& step) {
        const auto effects = reader_->effects(dossier().id);
        for (const EffectRow& effect : *effects)
            if (effect.step == step) return Json::parse(effect.paramsJson);
        return {};
    }
    std::size_t attemptsOf(const std::string& step) {
        std::size_t count = 0;
        const auto effects = reader_->effects(dossier().id);
        for (const EffectRow& effect : *effects)
            count += effect.step == step ? 1 : 0;
        return count;
    }
    std::vector<BranchRow> branches() { return *reader_->branches(dossier().id); }
    std::vector<TaskRow> tasks() { return *reader_->tasks(dossier().id, false); }
    void write(const StoreWork& work) {
        const auto done = store_->commit({work});
        ASSERT_TRUE(done && done->front()) << (done ? done->front().error().text() : done.error().text());
    }

private:
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
};

// Drops one file, runs it to its end, and stops the daemon.
void runToTheEnd(DaemonUnderTest& daemon) {
    daemon.drop("a.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
}

// Runs the daemon until its only dossier is in `state`, and stops it.
void runUntil(DaemonUnderTest& daemon, DossierState state) {
    ASSERT_TRUE(daemon.start());
    for (int i = 0; i < 300; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        // SQLite lets us look beside the running daemon, which has made the file.
        if (access((daemon.root() + "/spool/journal/greffe.sqlite3").c_str(), F_OK) != 0) continue;
        const auto store = openSqliteStore(daemon.root() + "/spool/journal");
        if (!store) continue;
        const auto reader = (*store)->openReader();
        const auto all = (*reader)->dossiers({});
        if (all && all->size() == 1 && all->front().state == state) break;
    }
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    ASSERT_EQ(Journaled(daemon).dossier().state, state) << daemon.log();
}

TEST(Branches, WhenSaysWhetherAStepRuns) {
    DaemonUnderTest daemon(fmt::format(
        R"({}, seal {{ id = "never", key = "office", when = function(d) return d.facts.check.pages > 1 end }},
        seal {{ id = "one", key = "office", when = function(d) return d.facts.check.pages == 1 end }})",
        kCheck));
    runToTheEnd(daemon);
    Journaled journal(daemon);
    EXPECT_EQ(journal.dossier().state, DossierState::Done);
    EXPECT_EQ(journal.factsOf("never")["skipped"], true);
    EXPECT_EQ(journal.factsOf("one")["level"], "B-B");
}

TEST(Branches, AFunctionsResultBecomesTheOption) {
    DaemonUnderTest daemon(fmt::format(R"({}, seal {{ id = "seal", key = "office",
        reason = function(d) return "For " .. d.facts.check.pages .. " page" end }})",
                                       kCheck));
    runToTheEnd(daemon);
    Journaled journal(daemon);
    ASSERT_EQ(journal.dossier().state, DossierState::Done) << daemon.log();
    EXPECT_EQ(journal.paramsOf("seal")["reason"], "For 1 page");
}

TEST(Branches, AFunctionThatFailsHoldsTheDossierAndNamesItsLine) {
    DaemonUnderTest daemon(
        R"(seal { id = "seal", key = "office", when = function(d) return d.facts.nothing.pages > 1 end })");
    daemon.drop("a.pdf", tinyPdf());
    runUntil(daemon, DossierState::Held);
    Journaled journal(daemon);
    EXPECT_EQ(journal.dossier().reason, "configuration_error");
    EXPECT_THAT(journal.dossier().explanation, HasSubstr("main.lua:1"));
    EXPECT_THAT(journal.dossier().explanation, HasSubstr("\"seal\", when"));
}

TEST(Branches, AFunctionThatReturnsSomethingElseHoldsTheDossier) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office", reason = function(d) return { 1 } end })");
    daemon.drop("a.pdf", tinyPdf());
    runUntil(daemon, DossierState::Held);
    EXPECT_THAT(Journaled(daemon).dossier().explanation, HasSubstr("it must return a text"));
}

TEST(Branches, ChooseGoesOneWayAndComesBack) {
    DaemonUnderTest daemon(fmt::format(
        R"({0}, choose {{ id = "size", by = function(d) return d.facts.check.pages > 3 and "large" or "small" end,
        cases = {{ large = {{ refuse "too large" }}, small = {{ transform {{ id = "facts", run = function(d) return {{ office = "Lyon" }} end }} }} }} }},
        {1})",
        kCheck, kSeal));
    runToTheEnd(daemon);
    Journaled journal(daemon);
    EXPECT_THAT(journal.doneNames(), ElementsAre("check", "size", "facts", "seal"));
    EXPECT_EQ(journal.factsOf("facts")["office"], "Lyon");
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "");
}

TEST(Branches, AWayThatRefusesEndsTheDossier) {
    DaemonUnderTest daemon(
        fmt::format(R"(choose {{ id = "size", by = function(d) return "x" end, cases = {{ y = {{ {} }} }},
        otherwise = {{ refuse "no such size" }} }})",
                    kSeal));
    runToTheEnd(daemon);
    Journaled journal(daemon);
    EXPECT_EQ(journal.dossier().state, DossierState::Refused);
    EXPECT_EQ(journal.dossier().explanation, "no such size");
    EXPECT_EQ(daemon.brokenPromise({}, {"a.pdf"}), "");
}

TEST(Branches, ParallelWaysAllEndBeforeTheNextStep) {
    DaemonUnderTest daemon(fmt::format(R"(parallel {{ id = "both", branches = {{
          slow = {{ wait {{ id = "calm", for_seconds = 1 }}, transform {{ id = "later", run = function(d) return {{ x = 1 }} end }} }},
          fast = {{ transform {{ id = "now", run = function(d) return {{ x = 2 }} end }} }} }} }},
        transform {{ id = "sum", run = function(d) return {{ sum = d.facts.later.x + d.facts.now.x }} end }}, {})",
                                       kSeal));
    runToTheEnd(daemon);
    Journaled journal(daemon);
    EXPECT_EQ(journal.dossier().state, DossierState::Done);
    EXPECT_EQ(journal.factsOf("sum")["sum"], 3);
    EXPECT_THAT(journal.doneNames(), UnorderedElementsAre("both", "calm @ both.slow", "later @ both.slow",
                                                          "now @ both.fast", "sum", "seal"));
    EXPECT_TRUE(journal.branches().empty());
}

TEST(Branches, EachGoesOverAFrozenListAndItsStepsSeeTheirOwnItem) {
    DaemonUnderTest daemon(
        fmt::format(R"(each {{ id = "all", over = function(d) return {{ "a", "b", "c" }} end, steps = {{
          transform {{ id = "name", run = function(d, item) return {{ name = item .. "!", same = d.item == item }} end }},
          transform {{ id = "again", run = function(d) return {{ name = d.facts.name.name }} end }} }} }},
        transform {{ id = "list", run = function(d) return {{ first = d.facts.again[1].name, count = #d.facts.again }} end }}, {})",
                    kSeal));
    runToTheEnd(daemon);
    Journaled journal(daemon);
    ASSERT_EQ(journal.dossier().state, DossierState::Done) << journal.dossier().explanation;
    EXPECT_EQ(journal.factsOf("again @ all[2]")["name"], "b!");
    EXPECT_EQ(journal.factsOf("name @ all[3]")["same"], true);
    EXPECT_EQ(journal.factsOf("list")["count"], 3);
    EXPECT_EQ(journal.factsOf("list")["first"], "a!");
    EXPECT_EQ(journal.factsOf("all")["items"], 3);
}

TEST(Branches, EachOverDocumentsMeansTheItemsDocument) {
    DaemonUnderTest daemon(
        R"(each { id = "all", over = "documents", as = "paper", steps = { validate { id = "check", document = "paper" } } },
        seal { id = "seal", key = "office" })");
    runToTheEnd(daemon);
    EXPECT_EQ(Journaled(daemon).factsOf("check @ all[1]")["pages"], 1);
}

TEST(Branches, OneWayHeldLeavesTheOthersGoingOn) {
    DaemonUnderTest daemon(fmt::format(R"(parallel {{ id = "both", branches = {{
          bad = {{ transform {{ id = "fails", run = function(d) return d.nothing.there end }} }},
          good = {{ {} }} }} }})",
                                       kSeal));
    daemon.drop("a.pdf", tinyPdf());
    runUntil(daemon, DossierState::Held);
    Journaled journal(daemon);
    EXPECT_THAT(journal.doneNames(), ElementsAre("seal @ both.good"));
    std::vector<std::string> open;
    for (const BranchRow& branch : journal.branches())
        open.push_back(fmt::format("{}:{}", branch.path, stateName(branch.state)));
    EXPECT_THAT(open, UnorderedElementsAre(":waiting", "both.bad:held"));
}

TEST(Branches, ARefusalOnOneWayClosesWhatOthersWaitFor) {
    DaemonUnderTest daemon(R"(parallel { id = "both", branches = {
          asks = { task { id = "verify", ask = "clerk", answers = { "yes", "no" }, expires_days = 30, on_expired = refuse "late" } },
          says_no = { wait { id = "calm", for_seconds = 1 }, refuse "no" } } })");
    runToTheEnd(daemon);
    Journaled journal(daemon);
    EXPECT_EQ(journal.dossier().state, DossierState::Refused);
    ASSERT_EQ(journal.tasks().size(), 1U);
    EXPECT_EQ(journal.tasks().front().answer, kTaskClosed);
    EXPECT_TRUE(journal.branches().empty());
}

class Asked : public testing::Test {
protected:
    // Runs until the task is open, answers it with the daemon stopped, and runs on.
    void answer(const std::string& word) {
        daemon_.drop("a.pdf", tinyPdf());
        runUntil(daemon_, DossierState::Waiting);
        {
            Journaled journal(daemon_);
            ASSERT_EQ(journal.tasks().size(), 1U);
            TaskRow task = journal.tasks().front();
            EXPECT_EQ(task.ask, "clerk");
            EXPECT_GT(task.expiresMs, task.createdMs);
            BranchRow branch = journal.branches().front();
            EXPECT_EQ(branch.waitKey, "task:" + task.id);
            task.answer = word;
            task.answeredBy = "operator:anne";
            task.answeredMs = task.createdMs + 1;
            branch.state = DossierState::Ready;
            journal.write([&](StoreTransaction& tx) -> Status {
                GREFFE_TRY(tx.putTask(task));
                return tx.putBranch(branch);
            });
        }
        ASSERT_TRUE(daemon_.start());
        ASSERT_TRUE(daemon_.waitUntilSettled(1)) << daemon_.log();
        ASSERT_EQ(daemon_.stop(), 0);
    }

    DaemonUnderTest daemon_{
        R"(task { id = "verify", ask = "clerk", answers = { "yes", "no" }, on = { no = refuse "not acceptable" },
          expires_days = 30, on_expired = refuse "late" }, seal { id = "seal", key = "office" })"};
};

TEST_F(Asked, YesGoesOn) {
    answer("yes");
    Journaled journal(daemon_);
    EXPECT_EQ(journal.dossier().state, DossierState::Done);
    EXPECT_EQ(journal.factsOf("verify")["answer"], "yes");
    EXPECT_EQ(journal.factsOf("verify")["answered_by"], "operator:anne");
    EXPECT_EQ(daemon_.brokenPromise({"a.pdf"}, {}), "");
}

TEST_F(Asked, NoRefuses) {
    answer("no");
    EXPECT_EQ(Journaled(daemon_).dossier().explanation, "not acceptable");
    EXPECT_EQ(daemon_.brokenPromise({}, {"a.pdf"}), "");
}

TEST(Branches, AnEventEndsTheWaitAlsoWhenItCameBefore) {
    DaemonUnderTest daemon(fmt::format(R"(wait {{ id = "first", for_event = "paid", expires_days = 9 }},
        wait {{ id = "second", for_event = "paid", expires_days = 9 }}, {})",
                                       kSeal));
    daemon.drop("a.pdf", tinyPdf());
    runUntil(daemon, DossierState::Waiting);
    {
        Journaled journal(daemon);
        const std::string id = journal.dossier().id;
        BranchRow branch = journal.branches().front();
        EXPECT_EQ(branch.waitKey, "event:paid:" + id);
        branch.state = DossierState::Ready;
        journal.write([&](StoreTransaction& tx) -> Status {
            // The second is there before its wait begins.
            GREFFE_TRY(tx.insertInbox({"paid", "event-1", R"({"amount":1})", id, 1'000}));
            GREFFE_TRY(tx.insertInbox({"paid", "event-2", R"({"amount":2})", id, 2'000}));
            return tx.putBranch(branch);
        });
    }
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    Journaled journal(daemon);
    EXPECT_EQ(journal.factsOf("first")["data"]["amount"], 1);
    EXPECT_EQ(journal.factsOf("second")["data"]["amount"], 2);
}

TEST(Branches, OnErrorContinueGoesOnWhenAllAttemptsAreUsedUp) {
    DaemonUnderTest daemon(
        R"(archive { id = "keep", on_error = "continue", retry = { attempts = 2, first_delay_seconds = 0, max_delay_seconds = 1 } },
        transform { id = "well", run = function(d) return { kept = true } end, when = function(d) return d.facts.keep.error == nil end },
        seal { id = "seal", key = "office", reason = function(d) return d.facts.keep.error end })",
        "stable_seconds = 0",
        R"(archives = { archive { name = "vault", plugin = "archive-folder", path = "@ROOT@/not-mounted" } },)");
    runToTheEnd(daemon);
    Journaled journal(daemon);
    EXPECT_EQ(journal.dossier().state, DossierState::Done);
    EXPECT_EQ(journal.dossier().reason, "") << "its receipt says nothing of what was gone past";
    EXPECT_EQ(journal.attemptsOf("keep"), 2U);
    const Json failed = journal.factsOf("keep");
    EXPECT_EQ(failed["error"], "storage_error");
    EXPECT_EQ(failed["attempts"], 2);
    EXPECT_NE(textOf(failed, "explanation"), "");
    EXPECT_EQ(journal.factsOf("well")["skipped"], true) << "a later `when` can ask";
    EXPECT_EQ(journal.paramsOf("seal")["reason"], "storage_error");
}

TEST(Branches, OnErrorRejectRejectsWhenAllAttemptsAreUsedUp) {
    DaemonUnderTest daemon(
        R"(archive { id = "keep", on_error = "reject", retry = { attempts = 3, first_delay_seconds = 0, max_delay_seconds = 1 } },
        seal { id = "seal", key = "office" })",
        "stable_seconds = 0",
        R"(archives = { archive { name = "vault", plugin = "archive-folder", path = "@ROOT@/not-mounted" } },)");
    runToTheEnd(daemon);
    Journaled journal(daemon);
    EXPECT_EQ(journal.dossier().state, DossierState::Rejected);
    EXPECT_EQ(journal.dossier().reason, "attempts_used_up");
    EXPECT_THAT(journal.dossier().explanation, HasSubstr("3 attempts; the last: "));
    EXPECT_EQ(journal.attemptsOf("keep"), 3U);
    EXPECT_EQ(journal.attemptsOf("seal"), 0U);
    EXPECT_THAT(daemon.names("rejected"), ::testing::Contains("a.pdf"));
}

// The default: an operator decides, and no attempt more is made without him.
TEST(Branches, OnErrorHoldWaitsForAnOperatorAfterTheLastAttempt) {
    DaemonUnderTest daemon(
        R"(archive { id = "keep", retry = { attempts = 2, first_delay_seconds = 0, max_delay_seconds = 1 } })",
        "stable_seconds = 0",
        R"(archives = { archive { name = "vault", plugin = "archive-folder", path = "@ROOT@/not-mounted" } },)");
    daemon.drop("a.pdf", tinyPdf());
    runUntil(daemon, DossierState::Held);
    Journaled journal(daemon);
    EXPECT_EQ(journal.dossier().reason, "attempts_used_up");
    EXPECT_EQ(journal.attemptsOf("keep"), 2U);
}

TEST(Branches, OnErrorContinueGoesOnAfterARejection) {
    DaemonUnderTest daemon(
        fmt::format(R"(seal {{ id = "first", key = "office", document = "document", on_error = "continue",
          certify = 1 }}, seal {{ id = "second", key = "office", on_error = "continue" }})"));
    runToTheEnd(daemon);
    Journaled journal(daemon);
    EXPECT_EQ(journal.dossier().state, DossierState::Done);
    EXPECT_EQ(journal.factsOf("second")["error"], "changes_forbidden");
}

TEST(Branches, SurviveAKillAtAnyMoment) {
    DaemonUnderTest daemon(
        fmt::format(R"(each {{ id = "all", over = function(d) return {{ 1, 2, 3, 4 }} end, steps = {{
          wait {{ id = "calm", for_seconds = 1 }},
          transform {{ id = "name", run = function(d, item) return {{ number = item }} end }} }} }}, {})",
                    kSeal));
    daemon.drop("a.pdf", tinyPdf());
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(daemon.start());
        std::this_thread::sleep_for(std::chrono::milliseconds(250 + 130 * i));
        daemon.killAllHard();
        daemon.waitForEnd(std::chrono::seconds(5));
    }
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {}), "") << daemon.log();
    Journaled journal(daemon);
    for (int i = 1; i <= 4; ++i)
        EXPECT_EQ(journal.factsOf(fmt::format("name @ all[{}]", i))["number"], i);
}

}  // namespace
}  // namespace greffe
