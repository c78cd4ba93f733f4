// SPDX-License-Identifier: Apache-2.0
// Dossiers that the journal refuses to write or to read.
#include "unit/dossier/runner_fixture.h"

namespace greffe {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

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

TEST_F(RunnerTest, APlanThatCannotBeReadNowHoldsNobody) {
    open();
    admit(1);
    planTrouble_ = makeError(Errc::Io, "no descriptor was left");
    runner_->wake();
    EXPECT_THAT(log_, HasSubstr("no descriptor was left"));
    EXPECT_EQ(dossier(1).state, DossierState::Ready);
    planTrouble_.reset();
    EXPECT_TRUE(turnUntil([&] { return dossier(1).state == DossierState::Waiting; })) << log_;
}

}  // namespace
}  // namespace greffe
