// SPDX-License-Identifier: Apache-2.0
// Our own seals: they hold, they let earlier signatures hold, and no mutation of them does.
#include "signed_file.h"
#include "support/run_tool.h"
#include "support/seal_with_test_key.h"
#include "support/temporary_directory.h"
#include "validated.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace greffe::document_pdf {
namespace {

namespace fs = std::filesystem;

const std::string kCorpus = std::string(GREFFE_SOURCE_DIR) + "/../shared/corpus";

std::string readFile(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

constexpr const char* kPlain =
    R"({"signing_time_unix":1795343400,"field_name":"Seal","reserve_bytes":12000})";

std::string sealed(const std::string& file, const std::string& params = kPlain, bool withTimestamp = false) {
    const TestSeal seal = sealWithTestKey(file, params, testSigner(), withTimestamp);
    return seal.isDone ? file + seal.tail : std::string();
}

TEST(Seal, HoldsAtEveryLevel) {
    const std::string file = PdfBuilder::onePage().build();
    for (const bool withTimestamp : {false, true}) {
        const Validated said =
            validated(sealed(file, kPlain, withTimestamp), R"({"signatures":"must_hold"})");
        ASSERT_TRUE(said.isDone) << said.explanation;
        EXPECT_TRUE(said.holds());
        EXPECT_EQ(said.signature()["coverage"], "whole_file");
        if (withTimestamp) {
            EXPECT_EQ(said.signature()["timestamp"]["state"], "holds");
        }
    }
}

TEST(Seal, LetsEarlierSealsHold) {
    std::string file = PdfBuilder::onePage().build();
    for (const char* name : {"First", "Second", "Third"}) {
        file = sealed(file, std::string(R"({"signing_time_unix":1795343400,"field_name":")") + name +
                                R"(","reserve_bytes":12000})");
        ASSERT_FALSE(file.empty()) << name;
    }
    const Validated said = validated(file, R"({"signatures":"must_hold"})");
    EXPECT_TRUE(said.isDone) << said.explanation;
    EXPECT_EQ(said.facts["signatures"].size(), 3U);
    EXPECT_EQ(said.changes(0), "signatures");
    EXPECT_EQ(said.facts["revisions"], 4);
}

TEST(Seal, TakesNoStandingFromTheSignaturesOfRealFiles) {
    if (!fs::is_directory(kCorpus + "/valid")) GTEST_SKIP() << "no corpus beside this checkout";
    std::size_t sealedFiles = 0, kept = 0;
    for (const auto& entry : fs::directory_iterator(kCorpus + "/valid")) {
        if (entry.path().extension() != ".pdf") continue;
        const std::string name = entry.path().filename(), file = readFile(entry.path());
        const Validated before = validated(file, R"({"encryption":"allow","active_content":"allow"})");
        if (!before.isDone) continue;
        const std::string after = sealed(file);
        if (after.empty()) continue;  // a refusal has its own tests
        ++sealedFiles;
        const Validated said = validated(after, R"({"encryption":"allow","active_content":"allow"})");
        ASSERT_TRUE(said.isDone) << name << ": " << said.explanation;
        for (const auto& signature : said.facts["signatures"]) {
            const auto& olds = before.facts["signatures"];
            const auto old = std::find_if(olds.begin(), olds.end(), [&](const auto& each) {
                return each["field"] == signature["field"];
            });
            const bool held = old == olds.end() || (*old)["holds"].get<bool>();
            EXPECT_EQ(signature["holds"], held)
                << name << ": " << signature["field"] << ": " << signature["why"];
            kept += old != olds.end() && held ? 1 : 0;
        }
    }
    EXPECT_GE(sealedFiles, 55U);
    EXPECT_GE(kept, 14U);
}

TEST(Seal, NoMutationOfItHolds) {
    const std::string tool = kCorpus + "/tools/mutate_signed.py";
    if (!fs::exists(tool)) GTEST_SKIP() << "no corpus tools beside this checkout";
    const std::string page = PdfBuilder::onePage().build();
    const std::string certified =
        R"({"signing_time_unix":1795343400,"field_name":"Seal","reserve_bytes":12000,"certify":1})";
    for (const std::string& good :
         {sealed(page), sealed(page, kPlain, true), sealed(page, certified),
          sealed(sealed(page),
                 R"({"signing_time_unix":1795343400,"field_name":"B","reserve_bytes":12000})")}) {
        const TemporaryDirectory folder;
        std::ofstream(folder.path() + "/sealed.pdf", std::ios::binary) << good;
        const ToolResult run =
            runTool({"python3", tool, folder.path() + "/sealed.pdf", folder.path() + "/out", "seal"});
        ASSERT_EQ(run.exitCode, 0) << run.output;
        std::size_t mutants = 0;
        for (const auto& entry : fs::directory_iterator(folder.path() + "/out")) {
            if (entry.path().extension() != ".pdf") continue;
            ++mutants;
            const Validated said = validated(readFile(entry.path()), R"({"signatures":"must_hold"})");
            EXPECT_FALSE(said.isDone) << entry.path().filename();
            const auto& signatures = said.facts.value("signatures", nlohmann::json::array());
            // Of two seals the first one stays what it is when only the second one was mutated; it then says
            // so.
            if (!signatures.empty()) {
                EXPECT_FALSE(signatures.back()["holds"].get<bool>()) << entry.path().filename();
            }
        }
        EXPECT_GE(mutants, 24U);  // some do not fit into a short byte range
    }
}

}  // namespace
}  // namespace greffe::document_pdf
