// SPDX-License-Identifier: Apache-2.0
// Real files through the real daemon: every valid one is sealed so that independent readers agree, every
// hostile one leaves by the door that was written down for it beforehand, and the engine lives through all of
// them.
#include "base/json.h"
#include "support/daemon_under_test.h"
#include "support/run_tool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::HasSubstr;

#ifdef GREFFE_SANITIZED
constexpr bool kIsSanitized = true;  // freed memory is kept back for a while
#else
constexpr bool kIsSanitized = false;
#endif

const std::string kCorpus = std::string(GREFFE_SOURCE_DIR) + "/../shared/corpus";

std::string readText(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::stringstream stream(text);
    for (std::string part; std::getline(stream, part, separator);)
        parts.push_back(part);
    return parts;
}

struct Expected {
    std::string file;
    std::vector<std::string> places, reasons;
};

std::vector<Expected> readExpected() {
    std::vector<Expected> rows;
    std::ifstream file(std::string(GREFFE_SOURCE_DIR) + "/tests/expected.tsv");
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        const std::vector<std::string> cells = split(line, '\t');
        rows.push_back({cells.at(0), split(cells.at(1), '|'), split(cells.at(2), '|')});
    }
    return rows;
}

std::map<std::string, std::string> readSealExceptions() {
    std::map<std::string, std::string> reasons;
    std::ifstream file(std::string(GREFFE_SOURCE_DIR) + "/tests/data/seal_corpus.tsv");
    for (std::string line; std::getline(file, line);)
        if (const auto cells = split(line, '\t'); cells.size() > 1 && line[0] != '#')
            reasons[cells[0]] = cells[1];
    return reasons;
}

std::string reasonIn(const std::string& receipt) {
    const Json said = Json::parse(readText(receipt), nullptr, false);
    return textOf(said, "reason");
}

// "hostile/generated/x.pdf" is dropped as "generated--x.pdf".
std::string droppedName(std::string file) {
    for (std::size_t at = file.find('/'); at != std::string::npos; at = file.find('/'))
        file.replace(at, 1, "--");
    return file;
}

// qpdf's exit code: 0 good, 3 warnings, 2 errors. A sealed file must not be worse than its original.
int qpdfCode(const std::string& path) {
    const int code = runTool({"qpdf", "--check", path}).exitCode;
    return code == 3 ? 1 : code;
}

// What independent readers have against a sealed file; empty when they have nothing.
std::string complaint(const std::string& originalPath, const std::string& path) {
    const std::string original = readText(originalPath);
    if (readText(path).compare(0, original.size(), original) != 0)
        return "the original bytes are not its beginning";
    const std::vector<PdfsigVerdict> verdicts = pdfsigVerdicts(path);
    if (verdicts.empty()) return "pdfsig finds no signature";
    if (!verdicts.back().isValid) return "pdfsig: the seal is not valid";
    if (!verdicts.back().coversFile) return "pdfsig: the seal does not cover the file";
    if (qpdfCode(path) > qpdfCode(originalPath)) return "qpdf likes it less than the original";
    const ToolResult pages = runTool({"mutool", "info", path});
    const ToolResult before = runTool({"mutool", "info", originalPath});
    if (pages.exitCode > before.exitCode) return "mutool: " + pages.output;
    return {};
}

// What a process is made of that a restarted one would not have, and what it has in memory.
struct EngineSight {
    std::string startTicks;
    std::size_t residentKiB = 0;
};

EngineSight sightOf(pid_t engine) {
    EngineSight sight;
    const std::string stat = readText(fmt::format("/proc/{}/stat", engine));
    // Behind the name, which may hold anything: field 22 of proc(5).
    const std::vector<std::string> fields =
        split(stat.substr(std::min(stat.size(), stat.rfind(')') + 2)), ' ');
    if (fields.size() > 19) sight.startTicks = fields[19];
    std::ifstream status(fmt::format("/proc/{}/status", engine));
    for (std::string key, rest; status >> key && std::getline(status, rest);)
        if (key == "VmRSS:") sight.residentKiB = std::stoul(rest);
    return sight;
}

// Files of the hostile corpus that are no documents (Lua, HTTP, JSON, DER, mail) feed tests of their own.
bool isDocument(const std::string& file) {
    const std::string name = file.substr(file.rfind('/') + 1);
    for (const char* other : {"der-", "http-", "json-", "lua-", "mail-", "opensslfuzz-"})
        if (name.rfind(other, 0) == 0) return false;
    return !name.ends_with(".tsv");
}

constexpr std::chrono::seconds kLongestForOne{60};
constexpr std::size_t kMostGrowthKiB = 5 * 1024;

TEST(Corpus, EveryValidFileIsSealedOrRefusedForTheRightReason) {
    const std::string folder = kCorpus + "/valid";
    const auto exceptions = readSealExceptions();
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })",
                           "stable_seconds = 0, max_mebibytes = 1024");
    std::vector<std::string> names;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(folder, absent))
        if (entry.path().extension() == ".pdf") names.push_back(entry.path().filename());
    // Without the corpus, the producers' files that are checked in.
    std::string from = folder;
    if (names.empty()) {
        from = std::string(GREFFE_SOURCE_DIR) + "/tests/data/producers";
        for (const auto& entry : fs::directory_iterator(from))
            if (entry.path().extension() == ".pdf") names.push_back(entry.path().filename());
    }
    ASSERT_FALSE(names.empty());
    ASSERT_TRUE(daemon.start());
    for (const std::string& name : names)
        daemon.drop(name, readText(from + "/" + name));
    ASSERT_TRUE(daemon.waitUntilSettled(names.size(), std::chrono::seconds(240))) << daemon.log();
    const std::string log = daemon.log();  // before workers end because they are told to
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    for (const std::string& name : names) {
        const auto exception = exceptions.find(name);
        if (exception != exceptions.end()) {
            EXPECT_EQ(reasonIn(daemon.inFolder() + "/rejected/" + name + ".receipt.json"), exception->second)
                << name;
            continue;
        }
        const std::string sealed = daemon.inFolder() + "/out/" + name;
        ASSERT_TRUE(fs::exists(sealed)) << name << " is not in out/\n" << daemon.log();
        EXPECT_EQ(complaint(from + "/" + name, sealed), "") << name;
    }
    EXPECT_THAT(log, testing::Not(HasSubstr("worker ended")));
}

// A file without a row would be looked at by nobody.
TEST(Corpus, EveryHostileFileHasItsRow) {
    std::set<std::string> listed;
    for (const Expected& row : readExpected())
        listed.insert(row.file);
    const fs::path hostile = kCorpus + "/hostile";
    std::error_code absent;
    for (const auto& entry : fs::recursive_directory_iterator(hostile, absent)) {
        const std::string file = entry.path().lexically_relative(hostile);
        if (!entry.is_regular_file() || !isDocument(file)) continue;
        EXPECT_TRUE(listed.count(file) != 0) << file << " is not in tests/expected.tsv";
    }
    EXPECT_FALSE(listed.empty());
}

TEST(Corpus, EveryHostileFileLeavesByTheDoorThatWasWrittenDown) {
    DaemonUnderTest daemon(
        R"(validate { id = "check", encryption = "allow", active_content = "refuse", signatures = "must_hold" },
        seal { id = "seal", key = "office" })",
        "stable_seconds = 0, max_mebibytes = 1024");
    std::vector<Expected> present;
    for (const Expected& row : readExpected())
        if (fs::exists(kCorpus + "/hostile/" + row.file)) present.push_back(row);
    // Without the corpus: what can be made here.
    const bool hasCorpus = !present.empty();
    if (!hasCorpus)
        present.push_back({"only-header.pdf", {"quarantine", "rejected"}, {"malformed", "not_a_pdf"}});
    ASSERT_TRUE(daemon.start());
    const pid_t engine = daemon.pid();
    // A first good one, so that what is made once is there before anything is counted.
    daemon.drop("warm.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    const EngineSight first = sightOf(engine);
    ASSERT_FALSE(first.startTicks.empty());
    std::size_t settled = 1;
    milliseconds slowest{0};
    std::string slowestName;
    for (const Expected& row : present) {
        const std::size_t before = sightOf(engine).residentKiB;
        const auto begin = std::chrono::steady_clock::now();
        daemon.drop(droppedName(row.file),
                    hasCorpus ? readText(kCorpus + "/hostile/" + row.file) : std::string("%PDF-1.7\n"));
        ASSERT_TRUE(daemon.waitUntilSettled(++settled, 2 * kLongestForOne)) << row.file << "\n"
                                                                            << daemon.log();
        const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
        EXPECT_LE(took, kLongestForOne) << row.file;
        if (took > slowest) std::tie(slowest, slowestName) = std::pair(took, row.file);
        const EngineSight now = sightOf(engine);
        EXPECT_EQ(now.startTicks, first.startTicks) << row.file << " ended the engine";
        if (!kIsSanitized) {
            EXPECT_LE(now.residentKiB, before + kMostGrowthKiB) << row.file;
        }
    }
    const std::size_t after = sightOf(engine).residentKiB;
    if (!kIsSanitized) {
        EXPECT_LE(after, first.residentKiB + kMostGrowthKiB) << "all of them together";
    }
    const std::string log = daemon.log();
    EXPECT_EQ(log.find("daemon started"), log.rfind("daemon started")) << "the engine was started again";
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    std::printf("%zu files, the slowest %s in %lld ms; the engine went from %zu to %zu KiB\n", present.size(),
                slowestName.c_str(), static_cast<long long>(slowest.count()), first.residentKiB, after);
    for (const Expected& row : present) {
        const std::string name = droppedName(row.file);
        std::string found, reason;
        for (const char* place : {"done", "rejected", "quarantine"})
            if (fs::exists(fmt::format("{}/{}/{}", daemon.inFolder(), place, name))) {
                found = place;
                reason = reasonIn(fmt::format("{}/{}/{}.receipt.json", daemon.inFolder(), place, name));
            }
        EXPECT_TRUE(std::find(row.places.begin(), row.places.end(), found) != row.places.end())
            << row.file << " is in \"" << found << "\" (" << reason << "), not in " << row.places.front();
        if (found != "done") {
            EXPECT_TRUE(std::find(row.reasons.begin(), row.reasons.end(), reason) != row.reasons.end())
                << row.file << " was refused for " << reason;
        }
    }
}

}  // namespace
}  // namespace greffe
