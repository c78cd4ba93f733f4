// SPDX-License-Identifier: Apache-2.0
// The two tables that say how branches move and how dossiers end, held against each other and against the
// reasons that steps may give.
#include "dossier/endings.h"

#include "dossier/dossier_state.h"

#include <gmock/gmock.h>

#include <set>

namespace greffe {
namespace {

using S = DossierState;
using E = BranchEvent;

TEST(Endings, EveryEndingStandsOnceAndEveryFinalStateHasOne) {
    std::set<DossierState> seen;
    std::set<std::string_view> verdicts;
    for (const Ending& ending : endings()) {
        EXPECT_TRUE(seen.insert(ending.state).second) << ending.verdict;
        EXPECT_TRUE(verdicts.insert(ending.verdict).second) << ending.verdict;
        EXPECT_EQ(endingOf(ending.state), &ending);
        EXPECT_FALSE(ending.whoMayAct.empty()) << ending.verdict;
        EXPECT_TRUE(!ending.place || isFinal(ending.state)) << ending.verdict;
    }
    for (const S state : {S::Done, S::Rejected, S::Refused, S::Expired, S::Cancelled, S::Quarantined})
        ASSERT_NE(endingOf(state), nullptr) << stateName(state);
    for (const S state : {S::Ready, S::Running, S::RetryWait, S::Waiting})
        EXPECT_EQ(endingOf(state), nullptr) << stateName(state);
}

TEST(Endings, TheSourceGoesWhereTheTableSays) {
    EXPECT_EQ(endingOf(S::Done)->place, Place::Done);
    for (const S state : {S::Rejected, S::Refused, S::Expired, S::Cancelled})
        EXPECT_EQ(endingOf(state)->place, Place::Rejected) << stateName(state);
    EXPECT_EQ(endingOf(S::Quarantined)->place, Place::Quarantine);
    for (const S state : {S::Held, S::Uncertain})
        EXPECT_EQ(endingOf(state)->place, std::nullopt) << stateName(state) << " stays in in-progress/";
}

TEST(Endings, ADecisionInAWaitKeyIsReadBackAndNothingElseIs) {
    BranchRow branch;
    for (const Ending& ending : endings()) {
        branch.waitKey = endingKey(ending.state);
        EXPECT_EQ(decidedEnding(branch), ending.state) << branch.waitKey;
    }
    for (const char* other :
         {"", "event:paid", "ending:", "ending:nothing", "ending:ready", "the ending:done"}) {
        branch.waitKey = other;
        EXPECT_EQ(decidedEnding(branch), std::nullopt) << other;
    }
}

TEST(Endings, ARejectionIsTheSendersThePersonsOrTheOperators) {
    for (const ReasonInfo& reason : kReasons) {
        const S atIntake = stateForRejection(reason.reason, true);
        const S later = stateForRejection(reason.reason, false);
        switch (reason.cls) {
            case ReasonClass::Sender:
                EXPECT_EQ(atIntake, S::Rejected) << reason.code;
                EXPECT_EQ(later, S::Rejected) << reason.code;
                break;
            case ReasonClass::Person:
                EXPECT_EQ(atIntake, later) << reason.code;
                EXPECT_THAT(later, ::testing::AnyOf(S::Refused, S::Expired, S::Cancelled)) << reason.code;
                break;
            default:
                EXPECT_EQ(atIntake, S::Quarantined) << reason.code << ": nothing was done with it yet";
                EXPECT_EQ(later, S::Held) << reason.code << ": the pipeline must not begin again";
        }
    }
    EXPECT_EQ(stateForRejection(Reason::Refused, false), S::Refused);
    EXPECT_EQ(stateForRejection(Reason::Expired, false), S::Expired);
    EXPECT_EQ(stateForRejection(Reason::Cancelled, false), S::Cancelled);
}

TEST(Transitions, EachPairStandsOnceWithItsReason) {
    std::set<std::pair<S, E>> seen;
    for (const Transition& row : transitions()) {
        EXPECT_TRUE(seen.emplace(row.from, row.event).second) << stateName(row.from) << eventName(row.event);
        EXPECT_FALSE(row.why.empty());
        EXPECT_TRUE(canMove(row.from, row.event));
        EXPECT_EQ(moved(row.from, row.event), row.to);
        EXPECT_NE(stateTable().find(row.why), std::string::npos) << row.why;
    }
    EXPECT_EQ(seen.count({S::Done, E::LateDocument}), 1U);
}

TEST(Transitions, OnlyALateDocumentLeavesAnEndThatIsNoQuarantine) {
    for (const Transition& row : transitions())
        EXPECT_TRUE(!isFinal(row.from) || row.from == S::Quarantined || row.event == E::LateDocument)
            << stateName(row.from) << " " << eventName(row.event);
    EXPECT_FALSE(canMove(S::Cancelled, E::Resume));
    EXPECT_FALSE(canMove(S::Done, E::Wake));
}

// An uncertain effect is a person's to settle: no time, no event and no restart may begin it again.
TEST(Transitions, OnlyAPersonLeavesUncertainOrHeld) {
    const auto isAPersons = [](E event) {
        return event == E::ConfirmDone || event == E::ConfirmNot || event == E::Resume || event == E::Cancel;
    };
    for (const S state : {S::Uncertain, S::Held, S::Quarantined})
        for (const Transition& row : transitions())
            EXPECT_TRUE(row.from != state || isAPersons(row.event))
                << stateName(state) << " " << eventName(row.event);
    EXPECT_FALSE(canMove(S::Uncertain, E::Resume)) << "\"retry\" would say nothing of what happened";
}

TEST(Transitions, WhoeverLooksSeesTheGravestBranch) {
    EXPECT_EQ(stateOf({}), S::Done);
    EXPECT_EQ(stateOf({S::Waiting, S::Running}), S::Running);
    EXPECT_EQ(stateOf({S::Running, S::Uncertain, S::Ready}), S::Uncertain);
    EXPECT_EQ(stateOf({S::Uncertain, S::Held}), S::Held);
    EXPECT_EQ(stateOf({S::Waiting, S::RetryWait}), S::RetryWait);
}

TEST(TransitionsDeathTest, APairThatIsNotInTheTableIsABrokenInvariant) {
    EXPECT_DEATH(moved(S::Done, E::Start), "");
}

}  // namespace
}  // namespace greffe
