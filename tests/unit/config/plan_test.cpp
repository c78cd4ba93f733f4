// SPDX-License-Identifier: Apache-2.0
#include "config/plan.h"

#include "base/json.h"
#include "config/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace greffe {
namespace {

using testing::HasSubstr;

Plan samplePlan() {
    Plan plan;
    plan.settings.spool = "/var/lib/greffe";
    plan.settings.frontPort = 8480;
    plan.settings.retentionYears = 10;
    plan.intakes.push_back({"in",
                            "folder",
                            "seal",
                            "/srv/in",
                            "",
                            true,
                            {"application/pdf"},
                            ManifestUse::Required,
                            600,
                            2,
                            30,
                            OnDuplicate::Hold,
                            256,
                            "fr",
                            ".ok",
                            false,
                            false,
                            "/srv/references"});
    plan.instances.push_back({"key",
                              "office",
                              "key-file",
                              "0.1.0",
                              "keys",
                              {"digest-signer/1"},
                              R"({"scheme":"auto"})",
                              {{"private_key", "/etc/k"}},
                              R"({"levels":["B-B"]})"});
    plan.templates.push_back({"sealed", "fr", "Scellé", "Bonjour", ""});
    StepPlan inner;
    inner.id = "inner";
    inner.kind = "archive";
    StepPlan step;
    step.id = "which";
    step.kind = "choose";
    step.effect = EffectClass::Once;
    step.onError = OnError::Reject;
    step.functions["by"] = {"pipelines.seal.steps[1].by", "config/seal.lua", 7};
    step.retry = {3, 10, 60};
    step.branches.push_back({"cases.one", {inner}});
    step.file = "config/seal.lua";
    step.line = 6;
    plan.pipelines.push_back({"seal",
                              "document",
                              "",
                              "fr",
                              5,
                              {{"document", true, false, "", {}}},
                              {{"tenant", true, false, "manifest"}},
                              {step}});
    plan.plugins.push_back({"key-file", "0.1.0"});
    plan.sourcesJson = R"({"files":[],"main":"config/greffe.lua"})";
    return plan;
}

TEST(Plan, ComesBackFromItsTextAsItWas) {
    const Plan plan = samplePlan();
    const std::string text = planText(plan);
    const Result<Plan> again = readPlan(text);
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(*again, plan);
    EXPECT_EQ(planText(*again), text);
    EXPECT_EQ(planName(text).size(), 64U);
    EXPECT_EQ(again->findPipeline("seal")->findStep("inner")->kind, "archive");
    EXPECT_EQ(again->findPipeline("seal")->findStep("none"), nullptr);
    EXPECT_EQ(again->findInstance("key", "office")->plugin, "key-file");
    EXPECT_EQ(again->findInstance("notifier", "office"), nullptr);
}

TEST(Plan, HasAnotherNameWhenAnythingDiffers) {
    const std::string name = planName(planText(samplePlan()));
    Plan other = samplePlan();
    other.pipelines[0].steps[0].branches[0].steps[0].deadlineSeconds = 1;
    EXPECT_NE(planName(planText(other)), name);
}

TEST(Plan, IsReadStrictly) {
    const std::string text = planText(samplePlan());
    const auto problem = [&](const std::function<void(Json&)>& change) {
        Json json = Json::parse(text);
        change(json);
        const Result<Plan> plan = readPlan(dumpJson(json));
        return plan ? std::string("none") : plan.error().message;
    };
    EXPECT_EQ(problem([](Json&) {}), "none");
    EXPECT_THAT(problem([](Json& j) { j["settings"].erase("spool"); }),
                HasSubstr("plan.settings: \"spool\" is missing"));
    EXPECT_THAT(problem([](Json& j) { j["settings"]["colour"] = "red"; }), HasSubstr("does not belong"));
    EXPECT_THAT(problem([](Json& j) { j["extra"] = 1; }), HasSubstr("does not belong"));
    // A flag is there only when it is set: one text for one plan.
    EXPECT_EQ(problem([](Json& j) { j["settings"]["allow_without_landlock"] = true; }), "none");
    EXPECT_NE(problem([](Json& j) { j["settings"]["allow_without_landlock"] = false; }), "none");
    EXPECT_THAT(problem([](Json& j) { j["settings"]["allow_without_landlock"] = "yes"; }),
                HasSubstr("wrong type"));
    EXPECT_THAT(problem([](Json& j) { j["settings"]["front_port"] = "8480"; }), HasSubstr("wrong type"));
    EXPECT_THAT(problem([](Json& j) { j["settings"]["front_port"] = -1; }), HasSubstr("out of range"));
    EXPECT_THAT(problem([](Json& j) { j["settings"]["front_port"] = 5'000'000'000; }),
                HasSubstr("out of range"));
    EXPECT_THAT(problem([](Json& j) { j["settings"]["spool"] = nullptr; }), HasSubstr("wrong type"));
    EXPECT_THAT(problem([](Json& j) { j["pipelines"][0]["steps"][0]["effect"] = "twice"; }),
                HasSubstr("plan.pipelines[0].steps[0]"));
    EXPECT_THAT(
        problem([](Json& j) { j["pipelines"][0]["steps"][0]["branches"][0]["steps"] = Json::object(); }),
        HasSubstr("wrong type"));
    EXPECT_THAT(problem([](Json& j) { j["intakes"][0]["accepts"][0] = 5; }),
                HasSubstr("something else than text"));
    EXPECT_THAT(problem([](Json& j) { j["format"] = 2; }), HasSubstr("another version"));
    EXPECT_FALSE(readPlan(" " + text)) << "the text must be canonical";
    EXPECT_FALSE(readPlan(text + "\n"));
    EXPECT_FALSE(readPlan("[]"));
    EXPECT_FALSE(readPlan(""));
    for (std::size_t cut = 1; cut < text.size(); cut += 97)
        EXPECT_FALSE(readPlan(text.substr(0, cut)));
}

TEST(Plan, NamesTheSettingsThatNeedARestart) {
    const Plan running = samplePlan();
    Plan next = running;
    next.settings.spool = "/srv/greffe";
    next.settings.frontPort = 9000;
    next.settings.language = "en";  // taken at once
    const std::vector<FrozenChange> changes = compareFrozen(running, next);
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[0].option, "spool");
    EXPECT_EQ(changes[0].before, "\"/var/lib/greffe\"");
    EXPECT_EQ(changes[0].after, "\"/srv/greffe\"");
    EXPECT_EQ(changes[1].option, "front_port");
    EXPECT_TRUE(compareFrozen(running, running).empty());
}

}  // namespace
}  // namespace greffe
