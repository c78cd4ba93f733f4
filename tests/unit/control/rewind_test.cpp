// SPDX-License-Identifier: Apache-2.0
// A dossier at each moment of its way: validate, a task that was answered, a seal that was tried twice, a
// mail.
#include "control/rewind.h"

#include "control/explanation.h"
#include "control/story.h"
#include "support/store_rows.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t kNoon = 1'795'348'800'000;  // 2026-11-22T12:00:00Z

class Rewind : public ::testing::Test {
protected:
    Rewind() {
        pipeline_.name = "lease";
        for (const auto& [id, kind] :
             {std::pair{"check", "validate"}, {"verify", "task"}, {"seal", "seal"}, {"tell", "notify"}}) {
            StepPlan step;
            step.id = id;
            step.kind = kind;
            pipeline_.steps.push_back(step);
        }
        rows_.dossier = testDossier(testId(1));
        rows_.dossier.createdMs = kNoon;
        rows_.dossier.endedMs = kNoon + 500;
        rows_.dossier.state = DossierState::Done;
        addEffect("check", 1, 10, 20, EffectState::Done);
        addEffect("verify", 1, 30, 200, EffectState::Done);
        addEffect("seal", 1, 210, 220, EffectState::Failed, "storage_error");
        addEffect("seal", 2, 300, 310, EffectState::Done);
        addEffect("tell", 1, 320, 490, EffectState::Done);
        TaskRow task;
        task.id = testId(5);
        task.step = "verify";
        task.ask = "clerk";
        task.answersJson = R"(["yes","no"])";
        task.answer = "yes";
        task.answeredBy = "operator:anne";
        task.createdMs = kNoon + 30;
        task.answeredMs = kNoon + 200;
        tasks_.push_back(task);
        DocumentRow sealed;
        sealed.slot = "document";
        sealed.producedBy = "seal";
        sealed.createdMs = kNoon + 310;
        rows_.documents.push_back(sealed);
        MessageRow message;
        message.id = "m@greffe";
        message.state = "sent";
        message.createdMs = kNoon + 330;
        message.updatedMs = kNoon + 480;
        rows_.messages.push_back(message);
        rows_.effects.back().paramsJson = R"({"messages":[{"message_id":"m@greffe"}]})";
    }
    void addEffect(const char* step, int attempt, int from, int to, EffectState state,
                   const char* reason = "") {
        EffectRow effect;
        effect.dossier = rows_.dossier.id;
        effect.step = step;
        effect.attempt = attempt;
        effect.state = state;
        effect.reason = reason;
        effect.paramsJson = "{}";
        effect.key = step;
        effect.startedMs = kNoon + from;
        effect.endedMs = kNoon + to;
        rows_.effects.push_back(effect);
    }
    DossierMoment at(int ms) const { return rewound(rows_, tasks_, pipeline_, kNoon + ms); }
    // "waiting verify"
    std::string standsAt(int ms) const {
        const DossierMoment moment = at(ms);
        std::string text(stateName(moment.rows.dossier.state));
        for (const BranchRow& branch : moment.rows.branches)
            text += " " + branch.step;
        return text;
    }

    PipelinePlan pipeline_;
    DossierRows rows_;
    std::vector<TaskRow> tasks_;
};

TEST_F(Rewind, StandsWhereItStood) {
    EXPECT_EQ(standsAt(5), "ready");
    EXPECT_EQ(standsAt(15), "running check");
    EXPECT_EQ(standsAt(25), "ready verify");
    EXPECT_EQ(standsAt(100), "waiting verify");
    EXPECT_EQ(standsAt(215), "running seal");
    EXPECT_EQ(standsAt(250), "retry_wait seal");
    EXPECT_EQ(standsAt(400), "running tell");
    EXPECT_EQ(standsAt(500), "done");
}

TEST_F(Rewind, HasWhatItHad) {
    EXPECT_EQ(at(100).rows.openTasks.size(), 1U);
    EXPECT_EQ(at(100).tasks.front().answer, "");
    EXPECT_TRUE(at(200).rows.openTasks.empty());
    EXPECT_EQ(at(200).tasks.front().answeredBy, "operator:anne");
    EXPECT_TRUE(at(309).rows.documents.empty());
    EXPECT_EQ(at(310).rows.documents.size(), 1U);
    EXPECT_TRUE(at(329).rows.messages.empty());
    EXPECT_EQ(at(400).rows.messages.front().state, "sending");
    EXPECT_EQ(at(480).rows.messages.front().state, "sent");
    EXPECT_EQ(at(250).rows.effects.back().reason, "storage_error");
}

// A step that opened branches waits for them; what needs somebody is one of those.
TEST_F(Rewind, StandsInItsBranches) {
    for (const auto& [id, kind] : {std::pair{"both", "parallel"}, {"ask", "task"}}) {
        StepPlan step;
        step.id = id;
        step.kind = kind;
        pipeline_.steps.push_back(step);
    }
    addEffect("both", 1, 600, 900, EffectState::Done);
    addEffect("ask", 1, 610, 800, EffectState::Done);
    rows_.effects.back().branch = "1/both/a";
    rows_.dossier.endedMs = kNoon + 1'000;
    EXPECT_EQ(standsAt(700), "waiting both ask");
    EXPECT_EQ(standsAt(850), "waiting both") << "one of them had come to its end";
}

TEST_F(Rewind, CanBeTold) {
    const DossierMoment moment = at(100);
    EXPECT_THAT(explainDossier(moment.rows, "en"), HasSubstr("clerk must answer task"));
    const DossierStory story = tellStory({moment.rows, moment.tasks, &pipeline_, {}}, "en");
    EXPECT_EQ(story.state, "waiting");
    EXPECT_EQ(story.entries.back().result, "waits");
    const DossierStory whole = tellStory({rows_, tasks_, &pipeline_, sentNotes(rows_)}, "en");
    EXPECT_THAT(storyText(whole),
                ::testing::AllOf(HasSubstr("answered yes by operator:anne"), HasSubstr("message \"\" to")));
}

}  // namespace
}  // namespace greffe
