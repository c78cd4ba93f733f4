// SPDX-License-Identifier: Apache-2.0
// Hostile files, each in a child process with a worker's limits: a verdict every time, never a crash, never a
// long wait.
#include "judges.h"
#include "pdf/structure_check.h"
#include "support/pdf_builder.h"
#include "support/seal_with_test_key.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <functional>

namespace greffe {
namespace {

struct Verdict {
    bool hasEnded = false;  // by itself, with an exit code
    std::string text;       // "done" or a reason code
    double seconds = 0;
};

Verdict inWorker(const std::function<std::string()>& work) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    const auto start = std::chrono::steady_clock::now();
    const pid_t child = fork();
    if (child == 0) {
        const rlimit cpu{20, 20}, core{0, 0};
        setrlimit(RLIMIT_CPU, &cpu);
        setrlimit(RLIMIT_CORE, &core);
#ifndef GREFFE_SANITIZED  // a sanitizer's shadow alone is larger
        const rlimit space{1U << 30U, 1U << 30U};
        setrlimit(RLIMIT_AS, &space);
#endif
        const std::string text = work();
        _exit(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    close(ends[1]);
    Verdict verdict;
    std::array<char, 4096> buffer{};
    for (ssize_t count = 0; (count = read(ends[0], buffer.data(), buffer.size())) > 0;)
        verdict.text.append(buffer.data(), static_cast<std::size_t>(count));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    verdict.hasEnded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    verdict.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return verdict;
}

// "done", or the reason; with what the structure check finds when it was sealed.
std::string sealVerdict(const std::string& file, const std::string& params) {
    seal_pades::PadesSealer sealer;
    HeardOutcome outcome;
    sdk::StringSink tail;
    SealGap gap;
    sealer.prepare(viewOf(file), params, tail, gap, outcome);
    if (outcome.verdicts != 1) return "verdicts: " + std::to_string(outcome.verdicts);
    if (!outcome.isDone()) return outcome.reason;
    if (gap.offset < file.size() || gap.offset + gap.size > file.size() + tail.text().size())
        return "gap outside the tail";
    return "done";
}

Verdict verdictOn(const std::string& file) {
    Verdict worst;
    for (
        const char* params :
        {R"({"signing_time_unix":1})",
         R"({"signing_time_unix":1,"placement":{"page":"last","x":1,"y":1,"width":99,"height":20},"lines":["x"]})",
         R"({"signing_time_unix":1,"certify":1,"placement":{"page":3,"x":1,"y":1,"width":99,"height":20}})"}) {
        const Verdict verdict = inWorker([&] { return sealVerdict(file, params); });
        EXPECT_TRUE(verdict.hasEnded) << "the worker died";
        EXPECT_TRUE(verdict.text == "done" || findReason(verdict.text) != nullptr) << verdict.text;
        if (worst.text.empty()) worst.text = verdict.text;
        worst.seconds = std::max(worst.seconds, verdict.seconds);
    }
    EXPECT_LT(worst.seconds, 5.0);
    return worst;
}

std::vector<std::string> hostileFiles() {
    std::vector<std::string> files;
    for (const char* folder : {"", "/generated", "/signature-attacks"}) {
        std::error_code missing;
        const std::string path = std::string(GREFFE_SOURCE_DIR "/../shared/corpus/hostile") + folder;
        for (const auto& entry : std::filesystem::directory_iterator(path, missing))
            if (entry.path().extension() == ".pdf" || entry.path().extension() == ".fuzz")
                files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

class HostileFile : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(HostileFile);

TEST_P(HostileFile, GetsAVerdict) {
    verdictOn(bytesOfFile(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Corpus, HostileFile, testing::ValuesIn(hostileFiles()), [](const auto& file) {
    std::string name = std::filesystem::path(file.param).stem().string() + std::to_string(file.index);
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
    return name;
});

std::string repeated(std::string_view piece, std::size_t times) {
    std::string text;
    text.reserve(piece.size() * times);
    for (std::size_t i = 0; i < times; ++i)
        text += piece;
    return text;
}

TEST(Hostile, NestingOf20000Levels) {
    EXPECT_EQ(
        verdictOn(PdfBuilder::onePage().set(1, repeated("<</A", 20'000) + repeated(">>", 20'000)).build())
            .text,
        "limit_exceeded");
    EXPECT_EQ(verdictOn(PdfBuilder::onePage().set(3, "<</Type/Page/X " + repeated("[", 20'000)).build()).text,
              "limit_exceeded");
}

TEST(Hostile, LiesAreNotBelieved) {
    EXPECT_EQ(
        verdictOn(PdfBuilder::onePage().set(2, "<</Type/Pages/Kids[3 0 R]/Count 2000000000>>").build()).text,
        "done");
    EXPECT_EQ(
        verdictOn(PdfBuilder::onePage().set(2, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>").build()).text,
        "malformed");
    EXPECT_EQ(
        verdictOn(PdfBuilder::onePage().set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 1 0 R>>").build()).text,
        "done");
}

TEST(Hostile, ATreeOfPagesThatDoublesAtEachLevelEnds) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.set(2, "<</Type/Pages/Kids[10 0 R 10 0 R]>>");
    for (std::uint32_t i = 10; i < 60; ++i) {
        const std::string next = std::to_string(i + 1) + " 0 R ";
        builder.set(i, "<</Type/Pages/Kids[" + next + next + "]>>");
    }
    EXPECT_EQ(verdictOn(builder.build()).text, "malformed");
}

TEST(Hostile, AFormOfManyFieldsEnds) {
    PdfBuilder builder = PdfBuilder::onePage();
    std::string fields;
    for (std::uint32_t i = 10; i < 20'010; ++i) {
        builder.set(i, "<</FT/Tx/T(f" + std::to_string(i) + ")>>");
        fields += std::to_string(i) + " 0 R ";
    }
    builder.set(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[" + fields + "]>>>>");
    EXPECT_EQ(verdictOn(builder.build()).text, "done");
}

std::size_t anonymousKibibytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.rfind("RssAnon:", 0) == 0) return static_cast<std::size_t>(std::stoul(line.substr(8)));
    return 0;
}

// A mapping of 100 MB with 90,000 objects: the sealer's own memory stays small, and it does not read the file
// through.
TEST(Hostile, AHugeFileCostsLittleMemory) {
    PdfBuilder builder = PdfBuilder::onePage();
    builder.setStream(4, "", std::string(100U << 20U, 'x'));
    for (std::uint32_t i = 10; i < 90'010; ++i)
        builder.set(i, "<</N " + std::to_string(i) + ">>");
    const std::string file = builder.build();
    const Verdict verdict = inWorker([&] {
        const std::size_t before = anonymousKibibytes();
        const std::string text = sealVerdict(file, R"({"signing_time_unix":1})");
        return text + " " + std::to_string(anonymousKibibytes() - before);
    });
    ASSERT_TRUE(verdict.hasEnded);
    ASSERT_EQ(verdict.text.substr(0, 5), "done ");
#ifndef GREFFE_SANITIZED
    EXPECT_LT(std::stoul(verdict.text.substr(5)), 32U * 1024);
#endif
    EXPECT_LT(verdict.seconds, 3.0);
}

}  // namespace
}  // namespace greffe
