// SPDX-License-Identifier: Apache-2.0
// The runner over a real journal, with steps that need no worker: what it does when things happen at once,
// and what it makes of rows that a crash left.
#include "dossier/runner.h"

#include "base/bytes_text.h"
#include "base/calm_clock.h"
#include "dossier/endings.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sqlite3.h>

#include <ctime>
#include <future>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

StepPlan stepOf(const std::string& id, const std::string& kind, const Json& options) {
    StepPlan step;
    step.id = id;
    step.kind = kind;
    step.effect = EffectClass::Idempotent;
    step.optionsJson = dumpJson(options);
    return step;
}

class RunnerTest : public ::testing::Test {
protected:
    RunnerTest() {
        auto plan = std::make_shared<Plan>();
        plan->pipelines.resize(1);
        plan->pipelines[0].name = "lease";
        plan->pipelines[0].steps.push_back(stepOf("until-paid", "wait", {{"for_event", "paid"}}));
        plan->pipelines[0].steps.push_back(stepOf("seal", "seal", {{"key", "office"}}));
        plan->pipelines[0].steps.push_back(stepOf("soon", "wait", {{"for_seconds", 1}}));
        StepPlan both = stepOf("both", "parallel", Json::object());
        both.branches.push_back({"branches.a", {stepOf("a", "wait", {{"for_event", "x"}})}});
        both.branches.push_back({"branches.b", {stepOf("b", "wait", {{"for_event", "y"}})}});
        plan->pipelines[0].steps.push_back(both);
        plan_ = plan;
        store_ = openSqliteStore(folder_.path() + "/journal").value();
        reader_ = store_->openReader().value();
        spool_ = BlobSpool::open(folder_.path() + "/blobs", {}).value();
        journal_ = std::make_unique<Journal>(*store_, Journal::Options{});
        delivery_ = std::make_unique<Delivery>(*spool_, syncPoint_, clock_);
    }
    ~RunnerTest() override {
        if (!runner_) return;
        bool hasStopped = false;
        runner_->drain([&] { hasStopped = true; });
        EXPECT_TRUE(turnUntil([&] { return hasStopped; }));
        runner_.reset();
    }

    void open() { open(clock_); }
    void open(const Clock& clock) {
        RunnerServices services{reactor_,
                                *journal_,
                                *store_,
                                *spool_,
                                syncPoint_,
                                disk_,
                                *delivery_,
                                clock,
                                ids_,
                                [](const std::shared_ptr<const Plan>&, PoolKind,
                                   const std::string&) -> WorkerPool* { return nullptr; },
                                [this](const std::string& id) { return id == kUnreadable ? nullptr : plan_; },
                                [this](std::string_view event, const Json& keys) {
                                    log_ += std::string(event) + dumpJson(keys) + "\n";
                                }};
        runner_ = std::make_unique<Runner>(std::move(services), options_);
        ASSERT_TRUE(runner_->start());
    }
    // As an intake does: the rows are committed, and the runner has not heard of them yet.
    AdmittedDossier admit(std::uint64_t number,
                          const std::function<void(DossierRow&, BranchRow&)>& change = {}) {
        AdmittedDossier admitted;
        admitted.dossier = testDossier(testId(number));
        admitted.branch = testBranch(admitted.dossier.id);
        admitted.branch.step = "until-paid";
        if (change) change(admitted.dossier, admitted.branch);
        EXPECT_TRUE(journal_->run([&](StoreTransaction& tx) -> Status {
            GREFFE_TRY(tx.insertDossier(admitted.dossier));
            return tx.putBranch(admitted.branch);
        }));
        return admitted;
    }
    void receive(const std::string& provider, const std::string& eventId, const std::string& dossierId) {
        InboxRow row;
        row.provider = provider;
        row.eventId = eventId;
        row.body = "{}";
        row.dossier = dossierId;
        row.receivedMs = toUnixMs(clock_.wall());
        ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) { return tx.insertInbox(row); }));
    }
    DossierRow dossier(std::uint64_t number) { return reader_->dossier(testId(number)).value().value(); }
    // Turns the reactor until `isDone`, at most half a minute.
    bool turnUntil(const std::function<bool()>& isDone) {
        bool wasDone = false;
        int left = 3'000;
        std::function<void()> look = [&] {
            wasDone = isDone();
            if (wasDone || --left == 0) return reactor_.stop();
            reactor_.callAfter(milliseconds(10), look);
        };
        reactor_.callAfter(milliseconds(0), look);
        reactor_.run();
        return wasDone;
    }

    // From outside, as a defect of the engine would have it: the journal takes everybody's rows but these.
    void tellJournal(const std::string& sql) {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open((folder_.path() + "/journal/greffe.sqlite3").c_str(), &database), SQLITE_OK);
        sqlite3_busy_timeout(database, 10'000);
        EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }

    static constexpr const char* kUnreadable = "unreadable";
    TemporaryDirectory folder_;
    std::shared_ptr<const Plan> plan_;
    Reactor reactor_;
    ManualClock clock_{systemClock().wall()};
    SyncPoint syncPoint_;
    UlidSource ids_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;
    std::unique_ptr<BlobSpool> spool_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<Delivery> delivery_;
    SerialThread disk_;
    Runner::Options options_;
    std::unique_ptr<Runner> runner_;
    std::string log_;
};

// Between an admission's commit and its announcement somebody's wake() may load the dossier: taken up a
// second time, its first coroutine was destroyed with the answer it waited for, and the daemon ended soon
// after.
TEST_F(RunnerTest, TakesADossierUpOnceHoweverItHearsOfIt) {
    open();
    AdmittedDossier admitted = admit(1);
    runner_->wake();
    EXPECT_EQ(runner_->status().active, 1U);
    runner_->admitted(std::move(admitted));
    EXPECT_EQ(runner_->status().active, 1U);
    ASSERT_TRUE(turnUntil([&] { return runner_->status().active == 0; }));
    EXPECT_EQ(dossier(1).state, DossierState::Waiting);
    EXPECT_EQ(runner_->status().stepResults.size(), 1U);
    EXPECT_EQ(runner_->status().stepResults.begin()->second, 1U) << "the step ran once";
}

// The intake announces a batch when all of it is copied; by then the first of it may have gone on and out of
// memory again. It was begun once more from its first step, with its mails.
TEST_F(RunnerTest, ADossierThatWentOnBeforeItWasAnnouncedIsNotBegunAgain) {
    open();
    AdmittedDossier admitted = admit(1);
    runner_->wake();
    ASSERT_TRUE(turnUntil([&] { return runner_->status().active == 0; }));
    ASSERT_EQ(dossier(1).state, DossierState::Waiting);
    runner_->admitted(std::move(admitted));
    EXPECT_EQ(runner_->status().active, 0U);
    EXPECT_EQ(runner_->status().stepResults.begin()->second, 1U) << "the step ran once";
}

// The sender of an event is told that it is taken before those who wait for it are woken.
TEST_F(RunnerTest, AnEventThatNobodyWasWokenForIsFoundAtTheNextStart) {
    admit(1, [](DossierRow& row, BranchRow& branch) {
        row.state = branch.state = DossierState::Waiting;
        branch.waitKey = "event:paid:" + testId(1);
    });
    admit(2, [](DossierRow& row, BranchRow& branch) {
        row.state = branch.state = DossierState::Waiting;
        branch.waitKey = "event:paid:" + testId(2);
    });
    receive("paid", "p-1", testId(1));
    open();
    ASSERT_TRUE(turnUntil([&] { return !reader_->effects(testId(1)).value().empty(); }));
    EXPECT_EQ(reader_->effects(testId(1)).value().at(0).state, EffectState::Done);
    EXPECT_EQ(dossier(2).state, DossierState::Waiting);
    EXPECT_TRUE(reader_->effects(testId(2)).value().empty());
}

// Of two branches that went waiting at once, the first to look again took the second one's event for old.
TEST_F(RunnerTest, TwoEventsThatComeWhileTwoBranchesGoWaitingWakeBoth) {
    open();
    runner_->admitted(admit(1, [](DossierRow&, BranchRow& branch) { branch.step = "both"; }));
    // It is in memory, and nothing has turned yet.
    receive("x", "x-1", testId(1));
    receive("y", "y-1", testId(1));
    ASSERT_TRUE(turnUntil([&] {
        const auto effects = reader_->effects(testId(1)).value();
        return std::count_if(effects.begin(), effects.end(), [](const EffectRow& effect) {
                   return effect.step != "both" && effect.state == EffectState::Done;
               }) == 2;
    }));
}

// Left ready they would be loaded at every turn, for ever, and 256 of them would keep everybody else from
// his.
TEST_F(RunnerTest, HoldsWhatItCannotReadAndGoesOnWithTheOthers) {
    for (std::uint64_t number = 1; number <= 300; ++number)
        admit(number, [](DossierRow& row, BranchRow&) { row.plan = kUnreadable; });
    admit(301);
    open();
    ASSERT_TRUE(turnUntil([&] { return dossier(301).state == DossierState::Waiting; }));
    ASSERT_TRUE(turnUntil([&] { return dossier(300).state == DossierState::Held; }));
    const DossierRow held = dossier(1);
    EXPECT_EQ(held.state, DossierState::Held);
    EXPECT_EQ(held.reason, "plugin_missing");
    EXPECT_THAT(held.explanation, HasSubstr(kUnreadable));
    const auto branches = reader_->branches(held.id).value();
    EXPECT_EQ(branches.at(0).state, DossierState::Held);
    const auto complaints = [&] {
        std::size_t count = 0;
        for (auto at = log_.find(kUnreadable); at != std::string::npos; at = log_.find(kUnreadable, at + 1))
            ++count;
        return count;
    };
    const std::size_t before = complaints();
    EXPECT_GE(before, 300U);
    int turns = 0;
    ASSERT_TRUE(turnUntil([&] { return ++turns == 30; }));
    EXPECT_EQ(complaints(), before) << "it goes on trying";
}

// One branch had said no while another's call was out; then the power went. Its word stands, with its reason.
TEST_F(RunnerTest, CarriesOutAnEndingThatWasDecidedBeforeACrash) {
    admit(1, [](DossierRow& row, BranchRow& branch) {
        row.reason = "refused";
        row.explanation = "the clerk said no";
        branch.path = "both.no";
        branch.waitKey = endingKey(DossierState::Refused);
    });
    ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) -> Status {
        BranchRow other = testBranch(testId(1), DossierState::Running);
        other.path = "both.tell";
        other.step = "until-paid";
        return tx.putBranch(other);
    }));
    open();
    ASSERT_TRUE(turnUntil([&] { return isFinal(dossier(1).state); }));
    const DossierRow ended = dossier(1);
    EXPECT_EQ(ended.state, DossierState::Refused);
    EXPECT_EQ(ended.reason, "refused");
    EXPECT_EQ(ended.explanation, "the clerk said no");
    EXPECT_NE(ended.endedMs, 0);
    EXPECT_TRUE(reader_->branches(ended.id).value().empty());
    EXPECT_EQ(reader_->audit(ended.id, 0, 10).value().back().action, "dossier refused");
    EXPECT_TRUE(reader_->effects(ended.id).value().empty()) << "no step was begun any more";
}

// A folder that cannot be used must not cost the others their times, nor the machine its processor.
TEST_F(RunnerTest, WhatCannotBeDeliveredHoldsUpNobodyAndIsTriedNowAndThen) {
    admit(1, [](DossierRow& row, BranchRow& branch) {
        row.state = branch.state = DossierState::Done;  // of an intake that its plan does not know
        row.endedMs = row.createdMs;
    });
    admit(2, [this](DossierRow& row, BranchRow& branch) {
        row.state = branch.state = DossierState::RetryWait;
        branch.dueMs = toUnixMs(clock_.wall()) + 1'000;
    });
    ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) { return tx.deleteBranch(testId(1), ""); }));
    open();
    const std::clock_t before = std::clock();
    ASSERT_TRUE(turnUntil([&] {
        clock_.advance(milliseconds(10));
        return dossier(2).state == DossierState::Waiting;
    }));
    EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 2) << "it went round and round";
    EXPECT_FALSE(dossier(1).isDelivered);
    EXPECT_THAT(dossier(1).deliveryJson, HasSubstr("trouble"));
    EXPECT_EQ(log_.find("delivery failed"), log_.rfind("delivery failed")) << "told once";
}

// What a crash interrupted runs again, and does not hide that another branch is held.
TEST_F(RunnerTest, ADossierWithAHeldBranchIsHeldAfterACrash) {
    admit(1, [](DossierRow& row, BranchRow& branch) {
        row.plan = kUnreadable;  // so that nothing moves
        row.state = DossierState::Held;
        branch.state = DossierState::Held;
    });
    ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) -> Status {
        BranchRow other = testBranch(testId(1), DossierState::Running);
        other.path = "both.tell";
        return tx.putBranch(other);
    }));
    open();
    EXPECT_EQ(dossier(1).state, DossierState::Held);
}

// A page of dossiers that nobody can deliver must not be all that is ever tried.
TEST_F(RunnerTest, WhatCannotBeDeliveredDoesNotStarveWhatCan) {
    for (std::uint64_t number = 1; number <= 300; ++number) {
        admit(number, [&](DossierRow& row, BranchRow& branch) {
            row.state = branch.state = DossierState::Done;
            row.endedMs = row.createdMs;
            if (number == 300) row.source.intake.clear();  // an operator's: nobody waits at a folder
        });
        ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) { return tx.deleteBranch(testId(number), ""); }));
    }
    open();
    EXPECT_TRUE(turnUntil([&] { return dossier(300).isDelivered; })) << log_.substr(0, 500);
    EXPECT_FALSE(dossier(1).isDelivered);
}

// A machine on which every look at the clock takes a millisecond.
class TickingClock final : public Clock {
public:
    WallTime wall() const override { return begin_ + milliseconds(++ticks_); }
    SteadyTime steady() const override { return SteadyTime{} + milliseconds(ticks_); }

private:
    const WallTime begin_ = systemClock().wall();
    mutable std::int64_t ticks_ = 0;
};

// What came due after the runner had looked for what it could take up, and before it asked when to look
// again, was left asleep until something else happened in the house. Found with a full archive: of 60
// dossiers that tried again within the same seconds, one in a thousand slept on.
TEST_F(RunnerTest, NothingThatComesDueWhileItLooksIsForgotten) {
    TickingClock clock;
    open(clock);
    for (std::uint64_t number = 1; number <= 20; ++number) {
        runner_->wake();  // whatever was forgotten before
        admit(number, [&](DossierRow& row, BranchRow& branch) {
            row.state = branch.state = DossierState::RetryWait;
            branch.dueMs = toUnixMs(clock.wall()) + static_cast<std::int64_t>(number);
        });
        runner_->wake();
        ASSERT_TRUE(turnUntil([&] { return dossier(number).state == DossierState::Waiting; }))
            << "due " << number << " ms after it was admitted";
    }
}

constexpr milliseconds kTenMinutes{600'000};
constexpr milliseconds kDay{86'400'000};

// What memory says of such a dossier is not what the journal says. It used to go on from there without the
// rows that were refused, or to stand still until the next start.
TEST_F(RunnerTest, ADossierWhoseRowsAreRefusedIsTakenUpAgainFromTheJournal) {
    open();
    tellJournal("CREATE TRIGGER refuse BEFORE INSERT ON effect WHEN NEW.dossier = '" + testId(1) +
                "' BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    runner_->admitted(admit(1));
    runner_->admitted(admit(2));
    ASSERT_TRUE(turnUntil([&] { return dossier(2).state == DossierState::Waiting; }));
    ASSERT_TRUE(turnUntil([&] { return log_.find("commit failed") != std::string::npos; }));
    EXPECT_THAT(log_, HasSubstr("not this one"));
    EXPECT_EQ(dossier(1).state, DossierState::Ready);
    bool isLent = false;  // an operator comes by: he has it when the journal says again where it stands
    runner_->whenIdle(testId(1), [&](const Runner::Release& release) {
        isLent = true;
        release();
    });
    tellJournal("DROP TRIGGER refuse");
    ASSERT_TRUE(turnUntil([&] { return dossier(1).state == DossierState::Waiting; })) << log_;
    EXPECT_TRUE(isLent);
    EXPECT_EQ(reader_->effects(testId(1)).value().size(), 1U);
}

TEST_F(RunnerTest, ADossierWhoseRowsAreRefusedAgainAndAgainWaitsForAnOperator) {
    open();
    tellJournal(
        "CREATE TRIGGER refuse BEFORE INSERT ON effect BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    runner_->admitted(admit(1));
    ASSERT_TRUE(turnUntil([&] { return dossier(1).state == DossierState::Held; })) << log_;
    EXPECT_EQ(dossier(1).reason, "storage_error");
    EXPECT_THAT(dossier(1).explanation, HasSubstr("not this one"));
    EXPECT_EQ(reader_->branches(testId(1)).value().at(0).state, DossierState::Held);
    EXPECT_EQ(reader_->audit(testId(1), 0, 10).value().back().action, "dossier held");
}

// Its retry was taken up in memory only: in the journal it still waits for its time, and nothing can give up
// there.
TEST_F(RunnerTest, ARetryWhoseRowsAreRefusedWaitsForAnOperatorToo) {
    admit(1, [&](DossierRow& row, BranchRow& branch) {
        row.state = branch.state = DossierState::RetryWait;
        branch.dueMs = toUnixMs(clock_.wall());
    });
    tellJournal(
        "CREATE TRIGGER refuse BEFORE INSERT ON effect BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    open();
    ASSERT_TRUE(turnUntil([&] { return dossier(1).state == DossierState::Held; })) << log_;
    EXPECT_EQ(reader_->branches(testId(1)).value().at(0).state, DossierState::Held);
}

// A journal that cannot be read once is read again, though nothing else happens in the house.
TEST_F(RunnerTest, WhatCouldNotBeReadIsLookedAtAgain) {
    open();
    admit(1);
    tellJournal("ALTER TABLE document RENAME TO away");
    runner_->wake();
    EXPECT_THAT(log_, HasSubstr("dossier not loaded"));
    tellJournal("ALTER TABLE away RENAME TO document");
    EXPECT_TRUE(turnUntil([&] { return dossier(1).state == DossierState::Waiting; })) << log_;
}

// After a crash one dossier may have hundreds of branches that can run; it takes one place.
TEST_F(RunnerTest, OneDossierOfManyBranchesLeavesRoomForTheOthers) {
    admit(1);
    ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) -> Status {
        for (int i = 0; i < 300; ++i) {
            BranchRow branch = testBranch(testId(1));
            branch.path = fmt::format("each.{}", i);
            branch.step = "until-paid";
            GREFFE_TRY(tx.putBranch(branch));
        }
        return {};
    }));
    admit(2);
    open();
    EXPECT_EQ(runner_->status().active, 2U);
}

// Fewer than half of the places are free, and one goes to rest until its time: somebody must look then.
TEST_F(RunnerTest, ARetryHasItsTimeWhileOthersAreLong) {
    options_.maxActive = 4;
    std::promise<void> mayDeliver;
    disk_.post([&] { mayDeliver.get_future().wait(); });
    for (std::uint64_t number = 1; number <= 3; ++number) {
        admit(number, [](DossierRow& row, BranchRow& branch) {
            row.state = branch.state = DossierState::Done;
            row.endedMs = row.createdMs;
            row.source.intake.clear();
        });
        ASSERT_TRUE(journal_->run([&](StoreTransaction& tx) { return tx.deleteBranch(testId(number), ""); }));
    }
    open();
    ASSERT_EQ(runner_->status().active, 3U);
    runner_->admitted(admit(4, [](DossierRow&, BranchRow& branch) { branch.step = "soon"; }));
    ASSERT_TRUE(turnUntil([&] { return dossier(4).state == DossierState::Waiting; }));
    clock_.advance(milliseconds(1'000));
    EXPECT_TRUE(turnUntil([&] {
        const auto effects = reader_->effects(testId(4)).value();
        return !effects.empty() && effects[0].state == EffectState::Done;
    })) << log_;
    mayDeliver.set_value();
}

// The administrator's date command must not make a retry sleep a day, nor bring all of them at once.
TEST_F(RunnerTest, ARetryKeepsItsDelayWhenTheWallClockIsSet) {
    for (const milliseconds jump : {-kDay, kDay}) {
        const std::uint64_t number = jump < milliseconds(0) ? 1 : 2;
        admit(number, [&](DossierRow& row, BranchRow& branch) {
            row.state = branch.state = DossierState::RetryWait;
            branch.dueMs = toUnixMs(clock_.wall() + kTenMinutes);
        });
        if (!runner_) open();
        runner_->wake();
        clock_.jumpWall(jump);
        runner_->wake();
        EXPECT_EQ(runner_->status().active, 0U) << "not at once";
        clock_.advance(kTenMinutes / 2);
        runner_->wake();
        EXPECT_EQ(runner_->status().active, 0U) << "not before its time";
        clock_.advance(kTenMinutes / 2);
        runner_->wake();
        EXPECT_TRUE(turnUntil([&] { return dossier(number).state == DossierState::Waiting; }))
            << "a jump of " << jump.count() << " ms: " << log_;
    }
    EXPECT_THAT(log_, HasSubstr("clock set"));
}

// A deadline is a date: it comes when the wall clock says so, and not because of a jump back.
TEST_F(RunnerTest, ADeadlineIsADateAndStaysOne) {
    admit(1, [&](DossierRow& row, BranchRow& branch) {
        row.state = branch.state = DossierState::Waiting;
        branch.waitKey = "event:paid";
        branch.dueMs = toUnixMs(clock_.wall() + kTenMinutes);
    });
    open();
    clock_.jumpWall(-kDay);
    clock_.advance(kTenMinutes * 2);
    runner_->wake();
    EXPECT_EQ(runner_->status().active, 0U) << "the day has not come";
    clock_.jumpWall(kDay);
    runner_->wake();
    EXPECT_EQ(runner_->status().active, 1U);
}

// A seal states the time. Minutes of a wrong date must not use up the attempts that its step has.
TEST_F(RunnerTest, WhatIsPostponedUsesUpNoAttempt) {
    CalmClock calm(clock_);
    admit(1, [](DossierRow&, BranchRow& branch) { branch.step = "seal"; });
    clock_.jumpWall(kDay);
    open(calm);
    const auto postponed = [&] { return reader_->effects(testId(1)).value().size(); };
    const auto goOn = [&] {
        clock_.advance(milliseconds(1'000));
        runner_->wake();
    };
    ASSERT_TRUE(turnUntil([&] {
        goOn();
        return postponed() >= 5 && dossier(1).state == DossierState::RetryWait;  // between two attempts
    }));
    EXPECT_EQ(dossier(1).reason, "clock_unsure");
    EXPECT_EQ(reader_->branches(testId(1)).value().at(0).attempt, 0);
    clock_.jumpWall(-kDay);
    ASSERT_TRUE(turnUntil([&] { return goOn(), dossier(1).reason != "clock_unsure"; }));
    EXPECT_THAT(dossier(1).explanation, HasSubstr("there is no document to seal"));
}

TEST_F(RunnerTest, AClockThatIsKeptRightBySmallStepsMovesNothing) {
    admit(1, [&](DossierRow& row, BranchRow& branch) {
        row.state = branch.state = DossierState::RetryWait;
        branch.dueMs = toUnixMs(clock_.wall() + kTenMinutes);
    });
    open();
    const std::int64_t dueMs = reader_->branches(testId(1)).value().at(0).dueMs;
    for (int second = 0; second < 60; ++second) {
        clock_.jumpWall(milliseconds(1'500));
        runner_->wake();
    }
    EXPECT_EQ(reader_->branches(testId(1)).value().at(0).dueMs, dueMs);
    EXPECT_EQ(log_, "");
}

}  // namespace
}  // namespace greffe
