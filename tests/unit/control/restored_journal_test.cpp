// SPDX-License-Identifier: Apache-2.0
// Which dossiers of a restored journal may go on by themselves, and which wait for a person.
#include "control/restored_journal.h"

#include "base/json.h"
#include "dossier/endings.h"
#include "support/store_rows.h"
#include "support/temporary_directory.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace greffe {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kNowMs = 1'800'000'100'000;
const RestoredMark kMade{1'800'000'000'000, 1'800'000'050'000};

StepPlan step(const std::string& id, const std::string& kind, std::vector<StepBranch> branches = {}) {
    StepPlan made;
    made.id = id;
    made.kind = kind;
    made.effect = kind == "notify" ? EffectClass::Once : EffectClass::Pure;
    made.branches = std::move(branches);
    return made;
}

// check → both ways at once (left: mail, right: nothing) → each (mail) → keep
PipelinePlan pipelineOf() {
    PipelinePlan pipeline;
    pipeline.name = "lease";
    pipeline.steps = {
        step("check", "validate"),
        step("both", "parallel",
             {{"branches.left", {step("first", "notify")}}, {"branches.right", {step("look", "validate")}}}),
        step("all", "each", {{"steps", {step("tell", "notify")}}}), step("keep", "archive")};
    return pipeline;
}

BranchRow at(const std::string& path, const std::string& stepId, DossierState state) {
    BranchRow branch = testBranch(testId(1), state);
    branch.path = path;
    branch.step = stepId;
    return branch;
}

DossierRows standing(std::vector<BranchRow> branches) {
    DossierRows rows;
    rows.dossier = testDossier(testId(1));
    std::vector<DossierState> states;
    for (const BranchRow& branch : branches)
        states.push_back(branch.state);
    rows.dossier.state = stateOf(states);
    rows.branches = std::move(branches);
    return rows;
}

EffectRow done(const std::string& branch, const std::string& stepId, const std::string& item = {}) {
    EffectRow effect;
    effect.dossier = testId(1);
    effect.branch = branch;
    effect.step = stepId;
    effect.item = item;
    effect.attempt = 1;
    effect.state = EffectState::Done;
    return effect;
}

std::optional<OperatorMove> judge(const DossierRows& rows, const PipelinePlan& pipeline) {
    return heldAfterRestore(rows, &pipeline, kMade, kNowMs);
}

std::vector<std::string> stepsOf(const OperatorMove& move) {
    std::vector<std::string> steps;
    for (const EffectRow& effect : move.effects)
        steps.push_back(effect.branch + ":" + effect.step);
    return steps;
}

TEST(RestoredJournal, HoldsWhatHasAMailAhead) {
    const auto move = judge(standing({at("", "check", DossierState::Waiting)}), pipelineOf());
    ASSERT_TRUE(move);
    EXPECT_EQ(move->dossier.state, DossierState::Held);
    EXPECT_EQ(move->dossier.reason, "restored");
    EXPECT_THAT(move->dossier.explanation, HasSubstr("steps first, tell"));
    EXPECT_THAT(move->dossier.explanation, HasSubstr("2027-01-15"));
    EXPECT_THAT(move->dossier.explanation, HasSubstr("greffe dossier retry"));
    ASSERT_EQ(move->branches.size(), 1U);
    EXPECT_EQ(move->branches[0].state, DossierState::Held);
    EXPECT_THAT(stepsOf(*move), UnorderedElementsAre(":first", ":tell"));
    for (const EffectRow& effect : move->effects) {
        EXPECT_EQ(effect.state, EffectState::Failed);
        EXPECT_EQ(effect.reason, "restored");
        EXPECT_EQ(effect.attempt, 1);
    }
    EXPECT_EQ(move->audit.action, "dossier held");
}

TEST(RestoredJournal, LetsGoOnWhatOnlyRepeatsItself) {
    EXPECT_FALSE(judge(standing({at("", "keep", DossierState::Ready)}), pipelineOf()));
    DossierRows ended = standing({});
    ended.dossier.state = DossierState::Done;
    EXPECT_FALSE(judge(ended, pipelineOf()));
}

TEST(RestoredJournal, AnEndThatIsDecidedIsCarriedOut) {
    DossierRows rows =
        standing({at("both.left", "first", DossierState::Ready), at("", "both", DossierState::Waiting)});
    ASSERT_TRUE(judge(rows, pipelineOf()));
    rows.branches[0].waitKey = endingKey(DossierState::Rejected);
    EXPECT_FALSE(judge(rows, pipelineOf()));
}

TEST(RestoredJournal, AMailThatTheBackupKnowsIsNoQuestion) {
    PipelinePlan pipeline;
    pipeline.name = "lease";
    pipeline.steps = {step("tell", "notify"), step("pause", "wait")};
    DossierRows rows = standing({at("", "pause", DossierState::Waiting)});
    rows.effects = {done("", "tell")};
    EXPECT_FALSE(judge(rows, pipeline));
    // Confirmed by an operator, but not passed yet.
    rows.branches[0].step = "tell";
    EXPECT_FALSE(judge(rows, pipeline));
}

TEST(RestoredJournal, HoldsTheBranchesNotTheOneThatWaitsForThem) {
    const DossierRows rows =
        standing({at("", "both", DossierState::Waiting), at("both.left", "first", DossierState::RetryWait),
                  at("both.right", "look", DossierState::Running)});
    const auto move = judge(rows, pipelineOf());
    ASSERT_TRUE(move);
    std::vector<std::string> held;
    for (const BranchRow& branch : move->branches)
        held.push_back(branch.path);
    EXPECT_THAT(held, UnorderedElementsAre("both.left", "both.right")) << "behind both comes a mail";
    EXPECT_THAT(stepsOf(*move), UnorderedElementsAre("both.left:first", "both.left:tell", "both.right:tell"));
}

TEST(RestoredJournal, EachItemIsAskedAboutItsOwnMail) {
    DossierRows rows =
        standing({at("", "all", DossierState::Waiting), at("all[1]", "tell", DossierState::Ready),
                  at("all[2]", "tell", DossierState::Ready)});
    rows.effects = {done("all[1]", "tell", "all[1]"), done("both.left", "first")};
    const auto move = judge(rows, pipelineOf());
    ASSERT_TRUE(move);
    EXPECT_THAT(stepsOf(*move), UnorderedElementsAre("all[2]:tell"));
}

TEST(RestoredJournal, WhatWaitsForAnOperatorKeepsItsReason) {
    DossierRows rows = standing({at("", "check", DossierState::Uncertain)});
    rows.dossier.reason = "outcome_unknown";
    rows.dossier.explanation = "the server went away";
    const auto move = judge(rows, pipelineOf());
    ASSERT_TRUE(move);
    EXPECT_TRUE(move->branches.empty());
    EXPECT_EQ(move->dossier.state, DossierState::Uncertain);
    EXPECT_EQ(move->dossier.reason, "outcome_unknown");
    EXPECT_THAT(move->dossier.explanation,
                HasSubstr("the server went away; the journal is that of a backup"));
    EXPECT_FALSE(move->effects.empty());
}

TEST(RestoredJournal, APlanThatCannotBeReadHoldsEverything) {
    const auto move =
        heldAfterRestore(standing({at("", "keep", DossierState::Ready)}), nullptr, kMade, kNowMs);
    ASSERT_TRUE(move);
    EXPECT_EQ(move->dossier.state, DossierState::Held);
}

TEST(RestoredJournal, IsSettledOnce) {
    const TemporaryDirectory folder;
    const auto store = openSqliteStore(folder.path()).value();
    ASSERT_TRUE(commitOne(*store, [](StoreTransaction& tx) -> Status {
        for (std::uint64_t number = 1; number <= 1'200; ++number) {
            DossierRow row = testDossier(testId(number));
            row.state = number % 2 == 0 ? DossierState::Held : DossierState::Ready;
            GREFFE_TRY(tx.insertDossier(row));
            BranchRow branch = testBranch(row.id, row.state);
            branch.step = number <= 1'000 ? "check" : "keep";
            GREFFE_TRY(tx.putBranch(branch));
        }
        return {};
    }));
    const auto plan = std::make_shared<Plan>();
    plan->pipelines.push_back(pipelineOf());
    const auto reader = store->openReader().value();
    EXPECT_EQ(restoredMark(*reader).value(), std::nullopt);
    ASSERT_TRUE(markRestored(*store, kMade));
    const auto mark = restoredMark(*reader).value();
    ASSERT_TRUE(mark);
    EXPECT_EQ(mark->madeAtMs, kMade.madeAtMs);

    Journal journal(*store, {});
    const auto settle = [&] {
        return settleRestored(
            journal, *reader,
            [&](const std::string&) -> Result<std::shared_ptr<const Plan>> {
                return std::shared_ptr<const Plan>(plan);
            },
            *mark, kNowMs);
    };
    EXPECT_EQ(settle().value().size(), 1'000U);
    EXPECT_EQ(restoredMark(*reader).value(), std::nullopt);
    const auto counts = reader->countByState().value();
    EXPECT_EQ(counts.at(DossierState::Held), 500 + 600);
    EXPECT_EQ(counts.at(DossierState::Ready), 100);
    EXPECT_EQ(reader->effects(testId(1)).value().size(), 2U);
    // After a crash before the mark went.
    EXPECT_TRUE(settle().value().empty());
    EXPECT_EQ(reader->effects(testId(1)).value().size(), 2U);
    EXPECT_TRUE(store->verifyAudit());
}

}  // namespace

}  // namespace greffe
