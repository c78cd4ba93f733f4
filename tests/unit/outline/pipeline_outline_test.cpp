// SPDX-License-Identifier: Apache-2.0
#include "outline/pipeline_outline.h"

#include "outline/outline_text.h"
#include "unit/outline/plans.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string textOfKept(const std::string& name, const std::string& pipeline, const OutlineOrder& order) {
    const Plan plan = keptPlan(name);
    return outlineText(outlineOf(plan, *plan.findPipeline(pipeline), order));
}

PipelineOutline outlineOfSteps(std::vector<StepPlan> steps, const std::string& language = "en") {
    Plan plan;
    PipelinePlan pipeline;
    pipeline.name = "x";
    pipeline.steps = std::move(steps);
    plan.pipelines.push_back(pipeline);
    return outlineOf(plan, plan.pipelines.front(), {language, {}});
}

std::vector<std::string> labels(const OutlineStep& step) {
    std::vector<std::string> all;
    for (const OutlineWay& way : step.ways)
        all.push_back(way.label + (endsAlways(way.steps) ? "!" : way.steps.empty() ? "" : "+"));
    return all;
}

TEST(PipelineOutline, TellsALeaseFromItsPlan) {
    const std::string text = textOfKept("valid-lease", "lease", {"en", "/etc/greffe"});
    EXPECT_THAT(text, HasSubstr("  from       folder /srv/leases, with a manifest\n"));
    EXPECT_THAT(text, HasSubstr("  parties    tenant (several), manager\n"));
    EXPECT_THAT(text, HasSubstr("check (validate)  /etc/greffe/pipelines/lease.lua:11\n"
                                "  checks “lease-pdf”: application/pdf, A4, 1 to 200 pages, not encrypted, "
                                "no active content\n"));
    EXPECT_THAT(text, HasSubstr("verify (task)  /etc/greffe/pipelines/lease.lua:12\n"
                                "  asks registration-officer – answers: validate, refuse\n"
                                "  ├─ validate: goes on\n"
                                "  ├─ refuse:\n"
                                "  │  refuse-1 (refuse)  /etc/greffe/pipelines/lease.lua:16\n"
                                "  │    the dossier ends as refused: documents not acceptable\n"
                                "  └─ nothing in 30 days:\n"));
    EXPECT_THAT(text, HasSubstr("  goes one way, named by: #d.documents > 3 and \"large\" or \"small\"\n"));
    EXPECT_THAT(text, HasSubstr("calm (wait)"));
    EXPECT_THAT(text, HasSubstr("waits 1 h\n"));
    EXPECT_THAT(text,
                HasSubstr("seals “lease-pdf” with the key “company”, level B-T; the time is proved by “tsa”; "
                          "visible mark, last page\n"));
    EXPECT_THAT(text,
                HasSubstr("tells tenant and manager by “mail”: template “lease-signed”, with “lease-pdf”\n"));
    EXPECT_THAT(text, HasSubstr("if it fails: it goes on\n"));
    EXPECT_THAT(text,
                testing::EndsWith("done: the result goes to out/, the source to done/, with a receipt\n"));
}

TEST(PipelineOutline, SpeaksFrench) {
    const std::string text = textOfKept("valid-lease", "lease", {"fr", {}});
    EXPECT_THAT(text, HasSubstr("verify (task)  pipelines/lease.lua:12\n"
                                "  demande à registration-officer – réponses : validate, refuse\n"));
    EXPECT_THAT(text, HasSubstr("└─ rien en 30 jours :\n"));
    EXPECT_THAT(
        text,
        HasSubstr("prévient tenant et manager par « mail » : modèle « lease-signed », avec « lease-pdf »\n"));
    EXPECT_THAT(text, HasSubstr("fin : le résultat va dans out/"));
    for (const char* english : {" the ", " with ", " goes ", " waits "})
        EXPECT_THAT(text, Not(HasSubstr(english)));
}

TEST(PipelineOutline, EveryStepOfThePlanIsThereWithItsLine) {
    for (const char* name : {"valid-lease", "valid-seal", "valid-layers", "valid-unused"}) {
        const Plan plan = keptPlan(name);
        for (const PipelinePlan& pipeline : plan.pipelines) {
            const std::string text = outlineText(outlineOf(plan, pipeline, {}));
            const std::function<std::size_t(const std::vector<StepPlan>&)> lookAt =
                [&](const std::vector<StepPlan>& steps) {
                    std::size_t count = steps.size();
                    for (const StepPlan& step : steps) {
                        EXPECT_THAT(text, HasSubstr(fmt::format("{} ({})  {}:{}\n", step.id, step.kind,
                                                                step.file.substr(7), step.line)));
                        for (const StepBranch& branch : step.branches)
                            count += lookAt(branch.steps);
                    }
                    return count;
                };
            EXPECT_EQ(lookAt(pipeline.steps), countSteps(outlineOf(plan, pipeline, {}).steps));
        }
    }
}

TEST(PipelineOutline, AnEndlessTaskHasNoWays) {
    const auto outline = outlineOfSteps({stepOf("task", "ask", {{"ask", "clerk"}, {"answers", {"a", "b"}}})});
    EXPECT_TRUE(outline.steps[0].ways.empty());
    EXPECT_EQ(outline.steps[0].notes.at(0).text, "without a time limit");
}

TEST(PipelineOutline, WhoDoesNotAnswerInTimeEndsTheDossierUnlessTheFileSaysMore) {
    StepPlan task = stepOf("task", "ask", {{"ask", "clerk"}, {"answers", {"a", "b"}}, {"expires_days", 1}});
    EXPECT_THAT(labels(outlineOfSteps({task}).steps[0]), ElementsAre("a", "b", "nothing in 1 day!"));
    task.branches = {{"on.b", {refusal("no")}}, {"on_expired", {}}};
    EXPECT_THAT(labels(outlineOfSteps({task}).steps[0]), ElementsAre("a", "b!", "nothing in 1 day"));
    const StepPlan wait = stepOf("wait", "w", {{"for_event", "paid"}, {"expires_days", 15}});
    EXPECT_THAT(labels(outlineOfSteps({wait}).steps[0]), ElementsAre("the event", "nothing in 15 days!"));
    EXPECT_THAT(labels(outlineOfSteps({wait}, "fr").steps[0]),
                ElementsAre("l'événement", "rien en 15 jours!"));
}

TEST(PipelineOutline, AChoiceWithoutOtherwiseShowsThatItMayBeHeld) {
    StepPlan choose = stepOf("choose", "c");
    choose.branches = {{"cases.big", {refusal("too big")}}};
    const auto outline = outlineOfSteps({choose});
    EXPECT_THAT(labels(outline.steps[0]), ElementsAre("big!", "no such case!"));
    EXPECT_TRUE(endsAlways(outline.steps));
    EXPECT_EQ(countSteps(outline.steps), 2U);
    EXPECT_THAT(outlineText(outline), Not(HasSubstr("done: ")));
    choose.branches.push_back({"otherwise", {}});
    EXPECT_THAT(labels(outlineOfSteps({choose}).steps[0]), ElementsAre("big!", "otherwise"));
}

TEST(PipelineOutline, ARefusalUnderAConditionEndsNothingForSure) {
    StepPlan refuse = refusal("urgent");
    refuse.functions["when"] = {"p", "config/pipelines/x.lua", 3};
    EXPECT_FALSE(endsAlways(outlineOfSteps({refuse}).steps));
    EXPECT_THAT(outlineText(outlineOfSteps({refuse})),
                HasSubstr("  only if the function at pipelines/x.lua:3\n"));
}

TEST(PipelineOutline, SaysWhatDiffersFromTheUsualOnALineOfItsOwn) {
    StepPlan seal = stepOf("seal", "s",
                           {{"document", "d"},
                            {"key", "k"},
                            {"level", "B-T"},
                            {"authorities", {"a", "b"}},
                            {"on_no_timestamp", "degrade"}});
    seal.deadlineSeconds = 600;
    seal.retry = {3, 90, 86'400};
    seal.onError = OnError::Reject;
    const std::string text = outlineText(outlineOfSteps({seal}));
    EXPECT_THAT(text, HasSubstr("the time is proved by “a” or “b”\n"
                                "  when no authority answers: sealed at B-B\n"
                                "  one attempt takes 10 min at most\n"
                                "  3 attempts, 90 s to 1 day apart\n"
                                "  if it fails: rejected\n"));
}

TEST(PipelineOutline, TextsOfTheConfigurationDoNothingToATerminal) {
    const auto outline = outlineOfSteps({refusal("\x1b[31mred\x07")});
    EXPECT_THAT(outlineText(outline), Not(HasSubstr("\x1b")));
    EXPECT_THAT(outlineText(outline), HasSubstr("\\x1b[31mred"));
}

}  // namespace
}  // namespace greffe
