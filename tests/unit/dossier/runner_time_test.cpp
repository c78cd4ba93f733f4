// SPDX-License-Identifier: Apache-2.0
// When what waits is taken up again, whatever the clocks do meanwhile.
#include "base/calm_clock.h"
#include "unit/dossier/runner_fixture.h"

#include <future>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

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
