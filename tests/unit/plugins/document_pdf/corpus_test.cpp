// SPDX-License-Identifier: Apache-2.0
// Real files: the valid corpus without a false alarm, the hostile one with the verdict that was written down
// before.
#include "support/contained_child.h"
#include "validated.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

namespace greffe::document_pdf {
namespace {

namespace fs = std::filesystem;

const std::string kCorpus = std::string(GREFFE_SOURCE_DIR) + "/../shared/corpus";

std::string readFile(const fs::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// Rows of a table of tests/data without comments, split at tabs.
std::vector<std::vector<std::string>> readTable(const std::string& name) {
    std::vector<std::vector<std::string>> rows;
    std::istringstream lines(readFile(std::string(GREFFE_SOURCE_DIR) + "/tests/data/" + name));
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::vector<std::string>& row = rows.emplace_back();
        std::istringstream cells(line);
        for (std::string cell; std::getline(cells, cell, '\t');)
            row.push_back(cell);
    }
    return rows;
}

std::vector<fs::path> pdfsIn(const std::string& folder) {
    std::vector<fs::path> paths;
    if (fs::is_directory(folder))
        for (const auto& entry : fs::directory_iterator(folder))
            if (entry.path().extension() == ".pdf" || entry.path().extension() == ".fuzz")
                paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

// The verdict of a worker that may use 1 GiB and 20 s.
Validated inChild(const std::string& file, const std::string& profile) {
    const ChildEnd end = runContained(20, [&] {
#ifndef GREFFE_SANITIZED
        const rlimit memory{1ULL << 30U, 1ULL << 30U};
        setrlimit(RLIMIT_AS, &memory);
#endif
        const Validated said = validated(file, profile);
        return nlohmann::json{{"done", said.isDone},
                              {"verdicts", said.verdicts},
                              {"reason", said.reason},
                              {"text", said.explanation},
                              {"facts", said.facts}}
            .dump();
    });
    Validated said;
    EXPECT_TRUE(end.hasFinished()) << "status " << end.status;
    if (!end.hasFinished()) return said;
    const auto json = nlohmann::json::parse(end.output);
    said.isDone = json["done"];
    said.verdicts = json["verdicts"];
    said.reason = json["reason"];
    said.explanation = json["text"];
    said.facts = json["facts"];
    return said;
}

std::size_t holding(const Validated& said) {
    std::size_t count = 0;
    for (const auto& signature : said.facts.value("signatures", nlohmann::json::array()))
        count += signature["holds"].get<bool>() ? 1 : 0;
    return count;
}

TEST(ValidCorpus, RaisesNoFalseAlarm) {
    const auto files = pdfsIn(kCorpus + "/valid");
    if (files.empty()) GTEST_SKIP() << "no corpus beside this checkout";
    std::map<std::string, std::set<std::string>> exceptions;
    for (const auto& row : readTable("earlier_signatures.tsv"))
        exceptions[row[0]].insert(row[1]);
    std::size_t signatures = 0, opened = 0;
    for (const fs::path& path : files) {
        const std::string name = path.filename();
        const Validated said =
            validated(readFile(path), R"({"encryption":"allow","active_content":"allow"})");
        EXPECT_EQ(said.verdicts, 1);
        if (said.reason == "password_needed")
            continue;  // the corpus says which: their user password is not empty
        ++opened;
        EXPECT_TRUE(said.isDone) << name << ": " << said.explanation;
        EXPECT_EQ(said.facts["lost_signatures"], 0) << name;
        for (const auto& signature : said.facts["signatures"]) {
            const bool isException = exceptions[name].count(signature["field"]) != 0;
            EXPECT_EQ(signature["holds"], !isException)
                << name << ": " << signature["field"] << ": " << signature["why"];
            ++signatures;
        }
    }
    EXPECT_GE(opened, 60U);
    EXPECT_GE(signatures, 19U);
}

TEST(ValidCorpus, AgreesAboutPagesWithItsManifest) {
    std::ifstream manifest(kCorpus + "/valid/MANIFEST.tsv");
    if (!manifest) GTEST_SKIP() << "no corpus beside this checkout";
    std::string line;
    std::getline(manifest, line);
    while (std::getline(manifest, line)) {
        std::vector<std::string> cells;
        std::istringstream row(line);
        for (std::string cell; std::getline(row, cell, '\t');)
            cells.push_back(cell);
        const Validated said = inspected(readFile(kCorpus + "/valid/" + cells[0]));
        if (!said.facts.contains("pages")) continue;
        EXPECT_EQ(std::to_string(said.facts["pages"].get<int>()), cells[4]) << cells[0];
        EXPECT_EQ(said.facts["encrypted"].get<bool>(), cells[6].find("encrypted") != std::string::npos)
            << cells[0];
    }
}

TEST(HostileCorpus, GetsTheVerdictThatWasWrittenDown) {
    const std::string folder = kCorpus + "/hostile/";
    if (!fs::is_directory(folder)) GTEST_SKIP() << "no corpus beside this checkout";
    std::set<std::string> known;
    for (const auto& row : readTable("validate_expected.tsv")) {
        ASSERT_GE(row.size(), 3U) << row[0];
        known.insert(row[0]);
        const std::string file = readFile(folder + row[0]);
        const Validated said =
            inChild(file, R"({"encryption":"allow","active_content":"refuse","signatures":"must_hold"})");
        const std::string verdict = said.isDone ? "done" : said.reason;
        EXPECT_NE(("|" + row[1] + "|").find("|" + verdict + "|"), std::string::npos)
            << row[0] << " (" << row[2] << "): " << verdict << ": " << said.explanation;
        EXPECT_EQ(said.verdicts, 1) << row[0];
        EXPECT_EQ(holding(said), row.size() > 3 ? std::stoul(row[3]) : 0U) << row[0];
    }
    for (const char* part : {"", "generated/", "signature-attacks/"})
        for (const fs::path& path : pdfsIn(folder + part))
            EXPECT_EQ(known.count(part + path.filename().string()), 1U)
                << path << " is not in validate_expected.tsv";
}

}  // namespace
}  // namespace greffe::document_pdf
