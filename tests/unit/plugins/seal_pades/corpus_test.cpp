// SPDX-License-Identifier: Apache-2.0
// Every well-formed file of the shared corpus is sealed, or refused for the reason that
// tests/data/seal_corpus.tsv names.
#include "judges.h"
#include "support/seal_with_test_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace greffe {
namespace {

std::vector<std::string> corpusFiles() {
    std::vector<std::string> files;
    std::error_code missing;
    for (const auto& entry :
         std::filesystem::directory_iterator(GREFFE_SOURCE_DIR "/../shared/corpus/valid", missing))
        if (entry.path().extension() == ".pdf") files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

// file name → reason code of the refusal that is right for it.
std::map<std::string, std::string> expectedRefusals() {
    std::map<std::string, std::string> refusals;
    std::ifstream table(GREFFE_SOURCE_DIR "/tests/data/seal_corpus.tsv");
    EXPECT_TRUE(table.is_open());
    for (std::string line; std::getline(table, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream columns(line);
        std::string file, reason;
        std::getline(columns, file, '\t');
        std::getline(columns, reason, '\t');
        refusals[file] = reason;
    }
    return refusals;
}

class CorpusFile : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CorpusFile);

TEST_P(CorpusFile, IsSealedOrRightlyRefused) {
    static const TestSigner signer(TestSigner::Key::P256);
    const std::string file = bytesOfFile(GetParam());
    const auto refusals = expectedRefusals();
    const auto expected = refusals.find(std::filesystem::path(GetParam()).filename().string());
    const TestSeal seal =
        sealWithTestKey(file, R"({"signing_time_unix":1795300000,"field_name":"Greffe"})", signer);
    if (expected != refusals.end()) {
        EXPECT_FALSE(seal.isDone);
        EXPECT_EQ(seal.reason, expected->second) << seal.explanation;
        return;
    }
    ASSERT_TRUE(seal.isDone) << seal.reason << ": " << seal.explanation;
    expectHonestSeal(file, file + seal.tail);
}

INSTANTIATE_TEST_SUITE_P(Valid, CorpusFile, testing::ValuesIn(corpusFiles()), [](const auto& file) {
    std::string name = std::filesystem::path(file.param).stem().string();
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
});

}  // namespace
}  // namespace greffe
