// SPDX-License-Identifier: Apache-2.0
// What each move makes of rows, and which it refuses.
#include "dossier/operator_moves.h"

#include "base/json.h"
#include "intake/admission.h"
#include "support/store_rows.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const OperatorWord kAnne{"operator:anne", "the disk was full", 1'800'000'000'000};

DossierRows standing(DossierState state, const std::string& step = "seal") {
    DossierRows rows;
    rows.dossier = testDossier(testId(1));
    rows.dossier.state = state;
    rows.dossier.reason = "attempts_used_up";
    rows.dossier.explanation = "no room";
    if (isFinal(state)) return rows;
    BranchRow branch = testBranch(rows.dossier.id, state);
    branch.step = step;
    branch.attempt = 5;
    branch.crashes = 2;
    branch.dueMs = 1;
    rows.branches.push_back(branch);
    return rows;
}

EffectRow effectOf(const DossierRows& rows, EffectState state, int attempt) {
    EffectRow effect;
    effect.dossier = rows.dossier.id;
    effect.step = rows.branches.front().step;
    effect.attempt = attempt;
    effect.state = state;
    effect.factsJson = "{}";
    return effect;
}

void expectAudit(const OperatorMove& move, const std::string& action) {
    EXPECT_EQ(move.audit.actor, "operator:anne");
    EXPECT_EQ(move.audit.action, action);
    EXPECT_EQ(move.audit.dossier, move.dossier.id);
    EXPECT_EQ(textOf(Json::parse(move.audit.detailJson), "reason"), "the disk was full");
}

// The receipt must not call uncertain what the operator said happened.
TEST(OperatorMoves, ResolvingSettlesTheMessagesOfTheEffect) {
    DossierRows rows = standing(DossierState::Uncertain, "tell");
    EffectRow effect = effectOf(rows, EffectState::Uncertain, 1);
    effect.paramsJson = R"({"messages":[{"message_id":"a@greffe"},{"message_id":"b@greffe"}]})";
    rows.effects.push_back(effect);
    for (const auto& [id, state] :
         {std::pair{"a@greffe", "uncertain"}, {"b@greffe", "sent"}, {"c@greffe", "uncertain"}}) {
        MessageRow message;
        message.id = id;
        message.state = state;
        rows.messages.push_back(message);
    }
    const auto happened = resolveDossier(rows, true, "", Json(), kAnne);
    ASSERT_TRUE(happened) << happened.error().text();
    ASSERT_EQ(happened->messages.size(), 1U) << "not the one that was sent, nor another effect's";
    EXPECT_EQ(happened->messages[0].id, "a@greffe");
    EXPECT_EQ(happened->messages[0].state, "confirmed");
    EXPECT_THAT(happened->messages[0].answersJson, HasSubstr("operator:anne"));
    EXPECT_TRUE(resolveDossier(rows, false, "", Json(), kAnne)->messages.empty())
        << "the step sends them again";
    EXPECT_THAT(resolveDossier(rows, true, "nope", Json(), kAnne).error().text(),
                HasSubstr("step \"nope\" is not uncertain (uncertain is: tell)"));
    rows.branches.clear();
    rows.dossier.state = DossierState::Done;
    EXPECT_EQ(resolveDossier(rows, false, "", Json(), kAnne)->messages[0].state, "denied");
}

TEST(OperatorMoves, RetryGivesAHeldStepAllItsAttemptsBack) {
    const auto move = retryDossier(standing(DossierState::Held), kAnne);
    ASSERT_TRUE(move) << move.error().text();
    ASSERT_EQ(move->branches.size(), 1U);
    EXPECT_EQ(move->branches[0].state, DossierState::Ready);
    EXPECT_EQ(move->branches[0].attempt, 0);
    EXPECT_EQ(move->branches[0].crashes, 0);
    EXPECT_EQ(move->branches[0].dueMs, 0);
    EXPECT_EQ(move->dossier.state, DossierState::Ready);
    EXPECT_EQ(move->dossier.reason, "");
    expectAudit(*move, "dossier retried");
}

TEST(OperatorMoves, RetryLeavesBranchesThatWaitAlone) {
    DossierRows rows = standing(DossierState::Held);
    BranchRow other = testBranch(rows.dossier.id, DossierState::Waiting);
    other.path = "notify[2]";
    rows.branches.push_back(other);
    const auto move = retryDossier(rows, kAnne);
    ASSERT_TRUE(move);
    ASSERT_EQ(move->branches.size(), 1U);
    EXPECT_EQ(move->branches[0].path, "");
    EXPECT_EQ(move->dossier.state, DossierState::Ready);
}

TEST(OperatorMoves, RetryOfWhatWaitsOrRunsOrEndedIsRefused) {
    for (const DossierState state : {DossierState::Waiting, DossierState::Ready, DossierState::Running,
                                     DossierState::Done, DossierState::Rejected, DossierState::Cancelled}) {
        const auto move = retryDossier(standing(state), kAnne);
        ASSERT_FALSE(move) << stateName(state);
        EXPECT_THAT(move.error().message, HasSubstr(std::string(stateName(state))));
    }
    EXPECT_THAT(retryDossier(standing(DossierState::Uncertain), kAnne).error().advice, HasSubstr("resolve"));
}

TEST(OperatorMoves, AnEffectThatHappenedIsDoneAndItsStepIsPassed) {
    DossierRows rows = standing(DossierState::Uncertain);
    rows.effects = {effectOf(rows, EffectState::Failed, 1), effectOf(rows, EffectState::Uncertain, 2)};
    const auto move = resolveDossier(rows, true, "", {{"locator", "x"}}, kAnne);
    ASSERT_TRUE(move) << move.error().text();
    ASSERT_EQ(move->effects.size(), 1U);
    EXPECT_EQ(move->effects[0].attempt, 2) << "the newest";
    EXPECT_EQ(move->effects[0].state, EffectState::Done);
    EXPECT_EQ(move->effects[0].factsJson, R"({"locator":"x"})");
    EXPECT_EQ(move->branches[0].state, DossierState::Ready);
    EXPECT_EQ(move->branches[0].waitKey, confirmedKey("seal"));
    expectAudit(*move, "effect confirmed");
}

TEST(OperatorMoves, AnEffectThatDidNotHappenRunsAgain) {
    DossierRows rows = standing(DossierState::Uncertain);
    rows.effects = {effectOf(rows, EffectState::Uncertain, 1)};
    const auto move = resolveDossier(rows, false, "", Json(), kAnne);
    ASSERT_TRUE(move);
    EXPECT_EQ(move->effects[0].state, EffectState::Failed);
    EXPECT_EQ(move->branches[0].waitKey, "");
    EXPECT_EQ(move->branches[0].step, "seal");
    expectAudit(*move, "effect denied");
}

TEST(OperatorMoves, OfSeveralUncertainStepsOneMustBeNamed) {
    DossierRows rows = standing(DossierState::Uncertain, "one");
    BranchRow other = testBranch(rows.dossier.id, DossierState::Uncertain);
    other.path = "side";
    other.step = "two";
    rows.branches.push_back(other);
    EXPECT_THAT(resolveDossier(rows, true, "", Json(), kAnne).error().advice, HasSubstr("one, two"));
    const auto move = resolveDossier(rows, true, "two", Json(), kAnne);
    ASSERT_TRUE(move);
    EXPECT_EQ(move->branches[0].path, "side");
    EXPECT_EQ(move->dossier.state, DossierState::Uncertain) << "the other still is";
    EXPECT_NE(move->dossier.reason, "") << "and so is what is said of it";
    EXPECT_FALSE(resolveDossier(standing(DossierState::Held), true, "", Json(), kAnne));
}

// Refused on one branch while the calls of two others were out: what became of them is known later, and must
// be said.
TEST(OperatorMoves, WhatAnEndedDossierLeftInDoubtIsSettledAndNothingRuns) {
    DossierRows rows = standing(DossierState::Refused);
    rows.dossier.isDelivered = true;
    for (const char* branch : {"all[1]", "all[2]"}) {
        EffectRow effect;
        effect.dossier = rows.dossier.id;
        effect.step = "tell";
        effect.branch = branch;
        effect.attempt = 1;
        effect.state = EffectState::Uncertain;
        effect.reason = "outcome_unknown";
        effect.factsJson = "{}";
        rows.effects.push_back(effect);
    }
    EXPECT_THAT(resolveDossier(rows, true, "tell", Json(), kAnne).error().advice,
                HasSubstr("all[1]:tell, all[2]:tell"));
    const auto move = resolveDossier(rows, true, "all[2]:tell", Json(), kAnne);
    ASSERT_TRUE(move) << move.error().text();
    ASSERT_EQ(move->effects.size(), 1U);
    EXPECT_EQ(move->effects[0].branch, "all[2]");
    EXPECT_EQ(move->effects[0].state, EffectState::Done);
    EXPECT_EQ(move->effects[0].explanation, "operator:anne: the disk was full");
    EXPECT_TRUE(move->branches.empty()) << "nothing runs any more";
    EXPECT_EQ(move->dossier.state, DossierState::Refused);
    EXPECT_EQ(move->dossier.reason, rows.dossier.reason) << "it ended for the reason it ended for";
    EXPECT_FALSE(move->dossier.isDelivered) << "the receipt is owed anew";
    expectAudit(*move, "effect confirmed");

    rows.effects[1] = move->effects[0];
    const auto denied = resolveDossier(rows, false, "", Json(), kAnne);
    ASSERT_TRUE(denied) << "one is left: it needs no name";
    EXPECT_EQ(denied->effects[0].branch, "all[1]");
    EXPECT_EQ(denied->effects[0].state, EffectState::Failed);
    rows.effects[0] = denied->effects[0];
    EXPECT_FALSE(resolveDossier(rows, true, "", Json(), kAnne)) << "all is settled";
}

TEST(OperatorMoves, CancelEndsEveryBranchAndClosesTasks) {
    DossierRows rows = standing(DossierState::Waiting);
    BranchRow other = testBranch(rows.dossier.id, DossierState::Held);
    other.path = "side";
    rows.branches.push_back(other);
    TaskRow task;
    task.id = testId(9);
    rows.openTasks.push_back(task);
    rows.dossier.isDelivered = true;
    const auto move = cancelDossier(rows, kAnne);
    ASSERT_TRUE(move) << move.error().text();
    EXPECT_THAT(move->goneBranches, ElementsAre("", "side"));
    EXPECT_TRUE(move->branches.empty());
    EXPECT_EQ(move->dossier.state, DossierState::Cancelled);
    EXPECT_EQ(move->dossier.reason, "cancelled");
    EXPECT_EQ(move->dossier.explanation, "the disk was full");
    EXPECT_EQ(move->dossier.endedMs, kAnne.nowMs);
    EXPECT_FALSE(move->dossier.isDelivered) << "its file goes to rejected/ now";
    ASSERT_EQ(move->tasks.size(), 1U);
    EXPECT_EQ(move->tasks[0].answer, kTaskClosed);
    EXPECT_FALSE(move->mustTakeFileBack);
}

TEST(OperatorMoves, WhatEndedCannotBeCancelledButQuarantineCan) {
    for (const DossierState state : {DossierState::Done, DossierState::Rejected, DossierState::Refused,
                                     DossierState::Expired, DossierState::Cancelled, DossierState::Destroyed})
        EXPECT_FALSE(cancelDossier(standing(state), kAnne)) << stateName(state);
    const auto move = cancelDossier(standing(DossierState::Quarantined), kAnne);
    ASSERT_TRUE(move);
    EXPECT_TRUE(move->mustTakeFileBack);
}

Plan planWith(const std::string& pipeline) {
    Plan plan;
    PipelinePlan made;
    made.name = pipeline;
    StepPlan step;
    step.id = "check";
    made.steps.push_back(step);
    plan.pipelines.push_back(made);
    return plan;
}

TEST(OperatorMoves, ReleaseBeginsAnewUnderTheRunningPlan) {
    DossierRows rows = standing(DossierState::Quarantined);
    rows.dossier.isDelivered = true;
    rows.documents.push_back(testDocument(testId(2), rows.dossier.id, {}));
    const auto move = releaseDossier(rows, planWith("lease"), "new-plan", kAnne);
    ASSERT_TRUE(move) << move.error().text();
    EXPECT_EQ(move->dossier.state, DossierState::Ready);
    EXPECT_EQ(move->dossier.plan, "new-plan");
    EXPECT_EQ(move->dossier.endedMs, 0);
    EXPECT_FALSE(move->dossier.isDelivered);
    EXPECT_EQ(move->branches.at(0).step, "check");
    EXPECT_TRUE(move->mustTakeFileBack);
    expectAudit(*move, "dossier released");
}

TEST(OperatorMoves, ReleaseNeedsBytesAPipelineAndQuarantine) {
    DossierRows rows = standing(DossierState::Quarantined);
    EXPECT_THAT(releaseDossier(rows, planWith("lease"), "p", kAnne).error().text(), HasSubstr("never taken"));
    rows.documents.push_back(testDocument(testId(2), rows.dossier.id, {}));
    EXPECT_THAT(releaseDossier(rows, planWith("other"), "p", kAnne).error().text(),
                HasSubstr("no pipeline \"lease\""));
    rows.dossier.state = DossierState::Held;
    EXPECT_FALSE(releaseDossier(rows, planWith("lease"), "p", kAnne));
}

TEST(OperatorMoves, AnAnswerWakesTheBranchThatAsked) {
    DossierRows rows = standing(DossierState::Waiting, "verify");
    TaskRow task;
    task.id = testId(5);
    task.dossier = rows.dossier.id;
    task.step = "verify";
    task.answersJson = R"(["validate","refuse"])";
    EXPECT_THAT(answerTask(rows, task, "perhaps", kAnne).error().advice, HasSubstr("validate"));
    EXPECT_FALSE(answerTask(rows, task, std::string(kTaskClosed), kAnne));
    const auto move = answerTask(rows, task, "validate", kAnne);
    ASSERT_TRUE(move) << move.error().text();
    EXPECT_EQ(move->tasks.at(0).answer, "validate");
    EXPECT_EQ(move->tasks.at(0).answeredBy, "operator:anne");
    EXPECT_EQ(move->tasks.at(0).answeredMs, kAnne.nowMs);
    EXPECT_EQ(move->branches.at(0).state, DossierState::Ready);
    task.answer = "refuse";
    EXPECT_EQ(answerTask(rows, task, "validate", kAnne).error().code, Errc::Exists);
}

TEST(OperatorMoves, AnEventWakesWhoWaitsForItAndNobodyElse) {
    DossierRows rows = standing(DossierState::Waiting);
    rows.branches[0].waitKey = "event:esign:42";
    EXPECT_FALSE(wakeDossier(rows, "event:esign:43", Json::object(), kAnne));
    const auto move = wakeDossier(rows, "event:esign:42", {{"provider", "esign"}}, kAnne);
    ASSERT_TRUE(move);
    EXPECT_EQ(move->branches.at(0).state, DossierState::Ready);
}

}  // namespace
}  // namespace greffe
