// SPDX-License-Identifier: Apache-2.0
// Every folder of tests/config is a configuration and what `check` says about it, word by word (expected.txt,
// with the code behind each line). GREFFE_UPDATE_GOLDEN=1 writes the files anew: read the difference before
// committing it.
#include "base/json.h"
#include "config/compile.h"
#include "config/source_folder.h"
#include "messages/message_templates.h"
#include "support/lua_child.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace greffe {
namespace {

const std::string kCases = std::string(GREFFE_SOURCE_DIR) + "/tests/config";

std::vector<std::string> caseNames() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(kCases))
        if (entry.is_directory()) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

// plugins.json of the case, or the one that all share.
ListedPlugins readCatalog(const std::string& name) {
    ListedPlugins catalog;
    const std::string own = kCases + "/" + name + "/plugins.json";
    const bool hasOwn = std::filesystem::exists(own);
    const Json list = Json::parse(readFile(hasOwn ? own : kCases + "/plugins.json", 1U << 20U).value());
    for (const Json& plugin : list)
        EXPECT_TRUE(catalog.add(dumpJson(plugin)));
    return catalog;
}

struct Outcome {
    std::string said;
    std::string plan;  // its text, or empty
};

Outcome outcomeOf(const std::string& name) {
    Result<Json> sources =
        readConfigFolder(kCases + "/" + name + "/config", "config", {{"OFFICE", "Lyon"}, {"UNSET", {}}});
    if (!sources) return {sources.error().text() + "\n", {}};
    const ChildEnd end = callLuaInChild(LuaCall::Evaluate, *sources);
    if (end.wasKilled()) return {"the evaluator was killed\n", {}};
    const CompileResult result =
        compilePlan(*sources, Json::parse(end.output), readCatalog(name), templateRules());
    Outcome outcome;
    for (const Diagnostic& diagnostic : result.diagnostics)
        outcome.said += fmt::format("{} [{}]\n", diagnostic.text(), diagnostic.code);
    if (!result.plan) return outcome;
    outcome.plan = planText(*result.plan);
    const Result<Plan> again = readPlan(outcome.plan);
    outcome.said += !again                   ? again.error().text() + "\n"
                    : *again == *result.plan ? "plan\n"
                                             : "the plan changed on its way\n";
    return outcome;
}

void expectFile(const std::string& file, const std::string& text) {
    if (std::getenv("GREFFE_UPDATE_GOLDEN") != nullptr) std::ofstream(file) << text;
    const Result<std::string> expected = readFile(file, 1U << 20U);
    ASSERT_TRUE(expected) << expected.error().text();
    EXPECT_EQ(text, *expected);
}

class GoldenConfig : public testing::TestWithParam<std::string> {};

// Of the cases valid-*, the plan is kept as well: dossiers hold plans for years, so its form changes
// knowingly or not at all. These files are the fuzzer's seeds, too.
TEST_P(GoldenConfig, SaysExactlyThis) {
    const Outcome outcome = outcomeOf(GetParam());
    expectFile(kCases + "/" + GetParam() + "/expected.txt", outcome.said);
    if (GetParam().rfind("valid-", 0) == 0)
        expectFile(kCases + "/" + GetParam() + "/plan.json", outcome.plan);
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenConfig, testing::ValuesIn(caseNames()), [](const auto& one) {
    std::string name = one.param;
    for (char& c : name)
        if (c == '-') c = '_';
    return name;
});

TEST(GoldenCoverage, EveryCodeIsShownBySomeCase) {
    std::string all;
    for (const std::string& name : caseNames())
        if (Result<std::string> text = readFile(kCases + "/" + name + "/expected.txt", 1U << 20U))
            all += *text;
    all += "[step_unknown]\n";  // of specs alone: end_to_end/specs_test.cpp
    for (const DiagnosticCode& code : diagnosticCodes())
        EXPECT_THAT(all, testing::HasSubstr(fmt::format("[{}]\n", code.code)))
            << "no case of tests/config shows it";
}

TEST(GoldenCoverage, CodesAreUniqueAndExplained) {
    std::set<std::string_view> seen;
    for (const DiagnosticCode& code : diagnosticCodes()) {
        EXPECT_TRUE(seen.insert(code.code).second) << code.code;
        EXPECT_GT(code.explanation.size(), 10U) << code.code;
    }
    EXPECT_GE(seen.size(), 60U);
}

}  // namespace
}  // namespace greffe
