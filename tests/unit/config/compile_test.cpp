// SPDX-License-Identifier: Apache-2.0
// What the golden cases cannot show: the plan itself, the origin of values, reading folders, and the shipped
// files.
#include "config/compile.h"

#include "base/json.h"
#include "config/source_folder.h"
#include "messages/message_templates.h"
#include "support/lua_child.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace greffe {
namespace {

using testing::HasSubstr;

const std::string kCases = std::string(GREFFE_SOURCE_DIR) + "/tests/config";

CompileResult compileFolder(const std::string& folder) {
    ListedPlugins catalog;
    const Json plugins = Json::parse(readFile(kCases + "/plugins.json", 1U << 20U).value());
    for (const Json& plugin : plugins)
        EXPECT_TRUE(catalog.add(dumpJson(plugin)));
    const Result<Json> sources = readConfigFolder(folder, "config", {{"OFFICE", "Lyon"}});
    EXPECT_TRUE(sources) << sources.error().text();
    return compilePlan(*sources, luaAnswer(LuaCall::Evaluate, *sources), catalog, templateRules());
}

TEST(ShippedConfiguration, PassesItsOwnCheck) {
    const CompileResult result = compileFolder(std::string(GREFFE_SOURCE_DIR) + "/config");
    EXPECT_EQ(diagnosticsText(result.diagnostics), "");
    ASSERT_TRUE(result.plan);
    std::vector<std::string> kinds;
    for (const StepPlan& step : result.plan->findPipeline("seal")->steps)
        kinds.push_back(step.kind);
    EXPECT_EQ(kinds, (std::vector<std::string>{"validate", "seal", "archive", "notify"}));
}

TEST(Compile, FillsInWhatWasLeftOut) {
    const CompileResult result = compileFolder(kCases + "/valid-seal/config");
    ASSERT_TRUE(result.plan);
    const Plan& plan = *result.plan;
    EXPECT_EQ(plan.settings.language, "en");
    EXPECT_EQ(plan.settings.retentionYears, 10U);
    const PipelinePlan& pipeline = plan.pipelines.at(0);
    EXPECT_EQ(pipeline.language, "en");
    EXPECT_EQ(pipeline.documents.at(0).name, "document");
    const StepPlan& seal = *pipeline.findStep("seal");
    const Json options = Json::parse(seal.optionsJson);
    EXPECT_EQ(options["document"], "document");
    EXPECT_EQ(options["authorities"], Json::array({"tsa"}));
    EXPECT_EQ(options["on_no_timestamp"], "queue");
    EXPECT_FALSE(options.contains("when"));
    EXPECT_FALSE(options.contains("id"));
    EXPECT_EQ(seal.functions.at("when").path, "pipelines.seal.steps[2].when");
    EXPECT_EQ(seal.functions.at("when").line, 6);
    EXPECT_EQ(seal.functions.at("reason").file, "config/pipelines/seal.lua");
    EXPECT_EQ(seal.effect, EffectClass::Idempotent);
    EXPECT_EQ(seal.retry.attempts, 1000U) << "B-T waits in the queue";
    EXPECT_EQ(seal.deadlineSeconds, 120U);
    EXPECT_EQ(Json::parse(pipeline.findStep("keep")->optionsJson)["archive"], "vault");
    EXPECT_EQ(Json::parse(pipeline.findStep("keep")->optionsJson)["retention_years"], 10);
    EXPECT_EQ(pipeline.findStep("keep")->retry.attempts, 8U);
    EXPECT_EQ(pipeline.findStep("tell")->onError, OnError::Continue);
    EXPECT_EQ(pipeline.findStep("tell")->effect, EffectClass::Once);
    EXPECT_EQ(Json::parse(pipeline.findStep("tell")->optionsJson)["via"], "mail");
    const InstancePlan& key = *plan.findInstance("key", "office");
    EXPECT_EQ(key.secrets.at("private_key"), "/etc/greffe/office.key");
    EXPECT_EQ(key.optionsJson, R"({"scheme":"auto"})");
    EXPECT_EQ(key.sandbox, "keys");
    EXPECT_EQ(plan.intakes.at(0).name, "in");
    EXPECT_EQ(plan.intakes.at(0).maxMebibytes, 256U);
}

TEST(Compile, NeverPutsASecretIntoThePlan) {
    const CompileResult result = compileFolder(kCases + "/valid-seal/config");
    ASSERT_TRUE(result.plan);
    EXPECT_THAT(planText(*result.plan), testing::Not(HasSubstr("@secret_file")));
}

TEST(Compile, LaysLayersOverEachOther) {
    const CompileResult result = compileFolder(kCases + "/valid-layers/config");
    ASSERT_TRUE(result.plan) << diagnosticsText(result.diagnostics);
    EXPECT_EQ(result.plan->settings.retentionYears, 30U);
    EXPECT_EQ(result.plan->settings.language, "fr");
    const InstancePlan& key = *result.plan->findInstance("key", "office");
    EXPECT_EQ(key.secrets.at("private_key"), "/srv/keys/office.key");
    EXPECT_EQ(key.optionsJson, R"({"scheme":"ecdsa"})");
    EXPECT_EQ(result.plan->pipelines.at(0).steps.size(), 2U);
    std::map<std::string, std::string> origins;
    for (const ValueOrigin& origin : result.origins)
        origins[origin.path] = fmt::format("{} {}:{}", origin.valueText, origin.file, origin.line);
    EXPECT_EQ(origins["settings.retention_years"], "30 config/conf.d/10-site.lua:2");
    EXPECT_EQ(origins["settings.language"], "\"fr\" config/greffe.lua:3");
    EXPECT_EQ(origins["settings.spool"], "\"/var/lib/greffe\" :0");
    EXPECT_EQ(origins["keys.office.scheme"], "\"ecdsa\" config/greffe.lua:4");
    EXPECT_EQ(origins["pipelines.seal.keep.policy"], "\"full\" :0");
}

TEST(Compile, KeepsTheNestedStepsOfALease) {
    const CompileResult result = compileFolder(kCases + "/valid-lease/config");
    ASSERT_TRUE(result.plan) << diagnosticsText(result.diagnostics);
    const PipelinePlan& lease = *result.plan->findPipeline("lease");
    const StepPlan& verify = *lease.findStep("verify");
    ASSERT_EQ(verify.branches.size(), 2U);
    EXPECT_EQ(verify.branches[0].name, "on.refuse");
    EXPECT_EQ(verify.branches[0].steps.at(0).kind, "refuse");
    EXPECT_EQ(Json::parse(verify.branches[0].steps[0].optionsJson)["reason"], "documents not acceptable");
    EXPECT_EQ(verify.branches[1].name, "on_expired");
    EXPECT_NE(lease.findStep("tell"), nullptr);
    EXPECT_EQ(lease.findStep("facts")->functions.at("run").path,
              "pipelines.lease.steps[4].cases.small[1].run");
    EXPECT_EQ(result.plan->intakes.size(), 2U);
    EXPECT_EQ(result.plan->intakes[1].pipeline, "lease");
    // The function is found again in the stored sources, with the file that it includes.
    const Json answer =
        luaAnswer(LuaCall::Prepare,
                  {{"sources", Json::parse(result.plan->sourcesJson)},
                   {"sources_sha256", sourcesName(*result.plan)},
                   {"calls", Json::array({{{"path", lease.findStep("facts")->functions.at("run").path},
                                           {"dossier", {{"data", {{"department", "75"}}}}}}})}});
    EXPECT_EQ(memberOf(memberOf(answer, "results")[0], "value"), Json({{"office", "Paris"}}))
        << dumpJson(answer);
}

TEST(Compile, SurvivesAnswersThatAreNotWhatTheyShouldBe) {
    ListedPlugins catalog;
    const Json sources = {{"files", Json::array({{{"name", "m"}, {"text", "return {}"}}})}, {"main", "m"}};
    for (
        const char* text :
        {"null", "[]", "{}", R"({"main":5})", R"({"main":{"keys":[{"@kind":"key"}]}})",
         R"({"main":{"pipelines":[{"@kind":"pipeline","@options":{"steps":[{"@kind":"seal","@options":[]}]}}]}})",
         R"({"main":{"pipelines":[[[[{"@kind":5}]]]]},"conf_d":[1,{"tree":7}],"diagnostics":[1,{"code":"x"}]})"})
        EXPECT_FALSE(compilePlan(sources, Json::parse(text), catalog).plan) << text;
}

TEST(ConfigFolder, IsReadInOneOrderWithoutTestsAndHiddenFiles) {
    const TemporaryDirectory folder;
    for (const char* name : {"conf.d/20.lua", "conf.d/10.lua", "tests/spec.lua", "pipelines/a.lua",
                             ".hidden.lua", "notes.txt", "greffe.lua"}) {
        const std::filesystem::path path = std::filesystem::path(folder.path()) / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << "return {}\n";
    }
    const Result<Json> sources = readConfigFolder(folder.path(), "config", {{"A", "x"}, {"B", {}}});
    ASSERT_TRUE(sources) << sources.error().text();
    std::string names;
    for (const Json& file : memberOf(*sources, "files"))
        names += textOf(file, "name") + " ";
    EXPECT_EQ(names, "config/conf.d/10.lua config/conf.d/20.lua config/greffe.lua config/pipelines/a.lua ");
    EXPECT_EQ(memberOf(*sources, "conf_d"), Json::array({"config/conf.d/10.lua", "config/conf.d/20.lua"}));
    EXPECT_EQ(memberOf(*sources, "env"), Json::parse(R"({"A":"x","B":null})"));
    std::filesystem::remove(folder.path() + "/greffe.lua");
    EXPECT_EQ(readConfigFolder(folder.path(), "config").error().code, Errc::NotFound);
}

}  // namespace
}  // namespace greffe
