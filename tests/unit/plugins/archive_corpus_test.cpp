// SPDX-License-Identifier: Apache-2.0
// Hostile archives: the verdict on each, the memory it costs, and that nothing is ever written to a disk.
#include "container/archive_writer.h"
#include "unit/plugins/archive_calls.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace greffe {
namespace {

struct Expected {
    std::string file, verdict, explanation;
};

// file, tab, reason code of validate or "done", tab, words of the explanation, tab, why.
std::vector<Expected> expectedVerdicts() {
    std::ifstream table(std::string(GREFFE_SOURCE_DIR) + "/tests/data/archive-verdicts.tsv");
    std::vector<Expected> rows;
    for (std::string line; std::getline(table, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream fields(line);
        Expected row;
        std::getline(fields, row.file, '\t');
        std::getline(fields, row.verdict, '\t');
        std::getline(fields, row.explanation, '\t');
        rows.push_back(row);
    }
    return rows;
}

bool isArchiveFile(const std::string& name) {
    for (const char* const start : {"zip-", "tar-", "gzip-", "polyglot-zip", "libarchive-"})
        if (name.rfind(start, 0) == 0) return true;
    return false;
}

TEST(ArchiveCorpus, EveryFileHasItsVerdict) {
    const std::vector<Expected> rows = expectedVerdicts();
    ASSERT_GT(rows.size(), 25U);
    if (!std::filesystem::exists(corpusFolder())) GTEST_SKIP() << "no corpus here";
    PluginUnderTest plugin("document-archive");
    ASSERT_TRUE(plugin.isReady);
    for (const Expected& row : rows) {
        const std::string bytes = readBytes(corpusFolder() + "/" + row.file);
        ASSERT_FALSE(bytes.empty()) << row.file;
        HeardOutcome outcome;
        plugin.use<DocumentHandler>().validate(viewOf(bytes, row.file), "{}", outcome);
        EXPECT_EQ(outcome.verdicts, 1) << row.file;
        EXPECT_EQ(outcome.verdict == Verdict::Done ? "done" : outcome.reason, row.verdict)
            << row.file << ": " << outcome.explanation;
        EXPECT_THAT(outcome.explanation, ::testing::HasSubstr(row.explanation)) << row.file;
        // What validate refuses must not come apart either.
        HeardOutcome parts;
        const DocumentView view = viewOf(bytes, row.file);
        plugin.use<Transformer>().transform(&view, 1, R"({"into":"members"})", parts);
        const bool tooManyForOneDossier =
            parts.explanation.find("too many to be documents") != std::string::npos;
        EXPECT_EQ(parts.verdict == Verdict::Done, row.verdict == "done" && !tooManyForOneDossier) << row.file;
    }
}

TEST(ArchiveCorpus, NoFileIsForgotten) {
    if (!std::filesystem::exists(corpusFolder())) GTEST_SKIP() << "no corpus here";
    std::set<std::string> known, there;
    for (const Expected& row : expectedVerdicts())
        known.insert(row.file);
    for (const char* const folder : {"", "generated/"})
        for (const auto& entry : std::filesystem::directory_iterator(corpusFolder() + "/" + folder))
            if (isArchiveFile(entry.path().filename()))
                there.insert(folder + entry.path().filename().string());
    EXPECT_EQ(known, there);
}

#ifndef GREFFE_SANITIZED
// Runs `work` in a child that may have `room` more address space than it has now, and can open no file at
// all; 0 when it returned true.
int inNarrowChild(std::size_t room, const std::function<bool()>& work) {
    const pid_t child = fork();
    if (child == 0) {
        std::size_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const rlim_t most = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + room;
        const rlimit limit{most, most};
        setrlimit(RLIMIT_AS, &limit);
        const rlimit none{0, 0};  // whoever wanted to open or make a file now could not
        setrlimit(RLIMIT_NOFILE, &none);
        setrlimit(RLIMIT_FSIZE, &none);
        _exit(work() ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

constexpr std::size_t kRoom = 64U << 20U;

std::string verdictOf(PluginUnderTest& plugin, const std::string& bytes) {
    HeardOutcome outcome;
    plugin.use<DocumentHandler>().validate(viewOf(bytes, "archive"), "{}", outcome);
    return outcome.verdict == Verdict::Done ? "done" : outcome.reason;
}

TEST(ArchiveCorpus, CostsLittleMemoryAndNoFile) {
    if (!std::filesystem::exists(corpusFolder())) GTEST_SKIP() << "no corpus here";
    PluginUnderTest plugin("document-archive");
    for (const Expected& row : expectedVerdicts()) {
        const std::string bytes = readBytes(corpusFolder() + "/" + row.file);
        EXPECT_EQ(inNarrowChild(kRoom, [&] { return verdictOf(plugin, bytes) == row.verdict; }), 0)
            << row.file;
    }
}

TEST(ArchiveBombs, TenThousandLongNamesFit) {
    sdk::StringSink sink;
    const auto writer = container::makeArchiveWriter({}, sink);
    for (int i = 0; i < 10'000; ++i)
        ASSERT_FALSE(writer->add(std::string(240, 'n') + std::to_string(i), "x"));
    ASSERT_FALSE(writer->finish());
    PluginUnderTest plugin("document-archive");
    EXPECT_EQ(inNarrowChild(kRoom, [&] { return verdictOf(plugin, sink.text()) == "done"; }), 0);
}

// What our own packers make of zeros: stopped at the cap, whoever says how large it is.
TEST(ArchiveBombs, StopAtTheCapWithinMemory) {
    const std::string zeros(300U << 20U, '\0');
    for (const auto kind : {container::ArchiveKind::Zip, container::ArchiveKind::TarZstd}) {
        sdk::StringSink sink;
        container::WriterSettings settings;
        settings.kind = kind;
        settings.packing = container::Packing::Deflated;
        const auto writer = container::makeArchiveWriter(settings, sink);
        ASSERT_FALSE(writer->add("zeros", zeros));
        ASSERT_FALSE(writer->finish());
        const std::string bomb = sink.take();
        PluginUnderTest plugin("document-archive"),
            ratioless("document-archive", R"({"max_ratio":10000,"max_total_mebibytes":100})");
        for (PluginUnderTest* each : {&plugin, &ratioless})
            EXPECT_EQ(inNarrowChild(kRoom,
                                    [&] {
                                        HeardOutcome outcome;
                                        each->use<DocumentHandler>().inspect(viewOf(bomb, "bomb"), outcome);
                                        return outcome.reason == "archive_unsafe";
                                    }),
                      0);
    }
}
#endif

}  // namespace
}  // namespace greffe
