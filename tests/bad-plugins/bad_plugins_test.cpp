// SPDX-License-Identifier: Apache-2.0
// The conformance kit judges plugins that break one rule each: it must name that rule, and no other.
#include "conformance/kit.h"
#include "conformance/rules.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <greffe/abi.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace greffe::conformance {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const std::string kSources = GREFFE_SOURCE_DIR "/tests/bad-plugins";
const std::string kBuilt = GREFFE_BINARY_DIR "/tests/bad-plugins";

std::string textOfFile(const std::string& path) {
    auto text = readFile(path, 8U << 20U);
    EXPECT_TRUE(text) << path;
    return text ? std::move(text).value() : std::string();
}

struct BadPlugin {
    std::string stem;
    std::string breaks;  // a rule, or "none"

    std::string builtPath() const {
        std::string id = "bad-" + stem;
        std::replace(id.begin(), id.end(), '_', '-');
        return kBuilt + "/" + id + ".so";
    }
};

void PrintTo(const BadPlugin& plugin, std::ostream* out) {
    *out << plugin.stem;
}

std::string wordAfter(const std::string& text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string::npos) return {};
    const std::size_t from = at + mark.size();
    return text.substr(from, text.find_first_of(" \n", from) - from);
}

std::vector<BadPlugin> badPlugins() {
    std::vector<BadPlugin> all;
    for (const fs::directory_entry& entry : fs::directory_iterator(kSources)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".cpp") || name.ends_with("_test.cpp")) continue;
        const std::string text = textOfFile(entry.path().string());
        const std::string rule = wordAfter(text, "// Breaks: ");
        if (rule.empty()) ADD_FAILURE() << name << " does not say which rule it breaks";
        all.push_back({entry.path().stem().string(), rule});
    }
    std::sort(all.begin(), all.end(), [](const BadPlugin& a, const BadPlugin& b) { return a.stem < b.stem; });
    return all;
}

std::map<std::string, RuleResult> judge(const std::string& path, const std::string& paramsJson = {},
                                        const std::vector<std::string>& files = {}) {
    KitOptions options;
    options.pluginPath = path;
    options.paramsJson = paramsJson;
    options.files = files;
    options.probeCommand = {GREFFE_PLUGIN_TEST, "plugin-probe"};
    auto results = runConformance(options);
    EXPECT_TRUE(results) << results.error().text();
    std::map<std::string, RuleResult> byRule;
    if (results)
        for (RuleResult& result : *results)
            byRule[result.rule] = std::move(result);
    return byRule;
}

std::vector<std::string> failedRules(const std::map<std::string, RuleResult>& results) {
    std::vector<std::string> failed;
    for (const auto& [rule, result] : results)
        if (result.state == RuleResult::State::Failed) failed.push_back(rule);
    return failed;
}

std::string explain(const std::map<std::string, RuleResult>& results) {
    std::string text;
    for (const auto& [rule, result] : results)
        if (result.state == RuleResult::State::Failed)
            for (const std::string& detail : result.details)
                text += rule + ": " + detail + "\n";
    return text;
}

// A copy of a good plugin, for the rules that the file itself breaks.
std::string copyOfGood(const TemporaryDirectory& directory,
                       const std::function<void(std::string&)>& change = {}) {
    std::string bytes = textOfFile(BadPlugin{"none_good", ""}.builtPath());
    if (change) change(bytes);
    const std::string path = directory.path() + "/bad-none-good.so";
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path;
}

class EachBadPlugin : public testing::TestWithParam<BadPlugin> {};

TEST_P(EachBadPlugin, FailsItsRuleAndNoOther) {
    const auto results = judge(GetParam().builtPath());
    const std::vector<std::string> expected = GetParam().breaks == "none"
                                                  ? std::vector<std::string>{}
                                                  : std::vector<std::string>{GetParam().breaks};
    EXPECT_EQ(failedRules(results), expected) << explain(results);
}

INSTANTIATE_TEST_SUITE_P(BadPlugins, EachBadPlugin, testing::ValuesIn(badPlugins()),
                         [](const testing::TestParamInfo<BadPlugin>& one) { return one.param.stem; });

TEST(BadPluginFiles, OneThatOthersMayWrite) {
    const TemporaryDirectory directory;
    const std::string path = copyOfGood(directory);
    ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
    EXPECT_EQ(failedRules(judge(path)), std::vector<std::string>{"FILE-1"});
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    EXPECT_EQ(failedRules(judge(path)), std::vector<std::string>{});
}

TEST(BadPluginFiles, OneThatIsCut) {
    const TemporaryDirectory directory;
    const auto results =
        judge(copyOfGood(directory, [](std::string& bytes) { bytes.resize(bytes.size() / 2); }));
    EXPECT_EQ(failedRules(results), std::vector<std::string>{"FILE-2"});
    EXPECT_THAT(explain(results), HasSubstr("past the end"));
}

TEST(BadPluginFiles, OneWithoutMetadata) {
    const TemporaryDirectory directory;
    const auto results = judge(copyOfGood(directory, [](std::string& bytes) {
        for (std::size_t at = bytes.find("greffe_metadata"); at != std::string::npos;
             at = bytes.find("greffe_metadata", at))
            bytes.replace(at, 15, "another_section");
    }));
    EXPECT_EQ(failedRules(results), std::vector<std::string>{"FILE-2"});
    EXPECT_THAT(explain(results), HasSubstr("no section \"greffe_metadata\""));
}

TEST(BadPluginFiles, OneUnderAnotherName) {
    const TemporaryDirectory directory;
    const std::string path = copyOfGood(directory);
    fs::rename(path, directory.path() + "/sign-yousign.so");
    EXPECT_EQ(failedRules(judge(directory.path() + "/sign-yousign.so")), std::vector<std::string>{"FILE-3"});
}

// The promise of the plugin page: whoever reads the refusal knows which side to replace.
TEST(BadPluginFiles, AnotherAbiOrBuildIsRefusedWithBothValues) {
    EXPECT_THAT(explain(judge(kBuilt + "/bad-abi-1-other-major.so")),
                HasSubstr("ABI 2.0, this Greffe offers 1.0"));
    const std::string tags = explain(judge(kBuilt + "/bad-abi-2-other-build.so"));
    EXPECT_THAT(tags, HasSubstr("cxx11abi=0\""));
    EXPECT_THAT(tags, HasSubstr(GREFFE_BUILD_TAG));
    const std::string versions = explain(judge(kBuilt + "/bad-abi-3-newer-host.so"));
    EXPECT_THAT(versions, HasSubstr("needs Greffe 99.0, this is Greffe 0.1.0"));
}

// The kit says how a plugin died, and over what.
TEST(BadPluginFiles, ACrashNamesItsCall) {
    const std::string text = explain(judge(kBuilt + "/bad-malformed-1-crashes-on-empty.so"));
    EXPECT_THAT(text, HasSubstr("transformer/1 transform of empty"));
    EXPECT_THAT(text, testing::AnyOf(HasSubstr("signal"), HasSubstr("AddressSanitizer"),
                                     HasSubstr("exit with code")));
}

// A working path that was never walked proves nothing: an endless loop behind a required param was "ok" once.
TEST(BadPluginFiles, WhatNeverEndedWellIsNotCalledOk) {
    const std::string archive = std::string(GREFFE_BINARY_DIR) + "/lib/greffe/plugins/document-archive.so";
    const auto without = judge(archive);
    EXPECT_THAT(explain(without), testing::IsEmpty());
    for (const char* rule : {"OUTCOME-1", "LIMITS-1", "DETERMINISM-1"}) {
        ASSERT_EQ(without.at(rule).state, RuleResult::State::Skipped) << rule;
        EXPECT_THAT(without.at(rule).details.front(),
                    testing::AllOf(HasSubstr("transformer/1 transform"), HasSubstr("--params")));
    }
    const auto with =
        judge(archive, R"({"into": "zip"})", {std::string(GREFFE_SOURCE_DIR) + "/tests/data/two-files.zip"});
    for (const char* rule : {"OUTCOME-1", "LIMITS-1", "DETERMINISM-1"})
        EXPECT_EQ(with.at(rule).state, RuleResult::State::Passed) << rule;
}

// What no bad plugin breaks might not be tested at all.
TEST(Rules, EachHasABadPlugin) {
    std::set<std::string> covered = {"FILE-1", "FILE-2"};  // made of files above
    for (const BadPlugin& plugin : badPlugins())
        covered.insert(plugin.breaks);
    for (const Rule& rule : rules())
        EXPECT_EQ(covered.count(std::string(rule.id)), 1U) << rule.id;
}

// The SPEC and the kit speak of the same rules and checks.
TEST(Rules, StandInTheSpec) {
    const std::string spec = textOfFile(GREFFE_SOURCE_DIR "/plugin-api/SPEC.md");
    std::map<std::string, std::string> written;  // rows "| ID-1 | … | `check` |"
    std::istringstream lines(spec);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t end = line.find(" |", 2);
        const std::size_t check = line.rfind("| `");
        if (!line.starts_with("| ") || end == std::string::npos || check == std::string::npos) continue;
        const std::string id = line.substr(2, end - 2);
        EXPECT_TRUE(written.emplace(id, line.substr(check + 3, line.rfind('`') - check - 3)).second)
            << id << " twice";
    }
    for (const Rule& rule : rules())
        EXPECT_EQ(written[std::string(rule.id)], rule.check) << rule.id;
    EXPECT_EQ(written.size(), rules().size());
}

TEST(Tap, IsWhatHarnessesRead) {
    const std::string tap = tapOf({{"FILE-1", RuleResult::State::Passed, {}},
                                   {"FILE-2", RuleResult::State::Failed, {"first\nline", "second"}},
                                   {"FILE-3", RuleResult::State::Skipped, {"why"}}});
    EXPECT_THAT(tap, testing::StartsWith("TAP version 13\n1..3\nok 1 - FILE-1 file-permissions: "));
    EXPECT_THAT(tap, HasSubstr("\nnot ok 2 - FILE-2 file-complete: "));
    EXPECT_THAT(tap, HasSubstr("\n# first line\n# second\n"));
    EXPECT_THAT(tap, HasSubstr(" # SKIP why\n"));
}

}  // namespace
}  // namespace greffe::conformance
