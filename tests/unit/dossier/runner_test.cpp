// SPDX-License-Identifier: Apache-2.0
// What the runner does when things happen at once, and what it makes of rows that a crash left.
#include "unit/dossier/runner_fixture.h"

#include <fmt/format.h>

#include <ctime>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace greffe
