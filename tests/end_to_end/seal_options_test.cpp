// SPDX-License-Identifier: Apache-2.0
// What else a pipeline can say about a seal: a visible mark, a certification, a second seal on top of the
// first. Judged by other people's programs: mutool draws the page, pdfsig reads the signatures.
#include "support/daemon_under_test.h"
#include "support/run_tool.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace greffe {
namespace {

using testing::HasSubstr;

// A page as grey pixels, 72 to the inch: a pixel is a point.
struct Drawing {
    int width = 0, height = 0;
    std::string pixels;  // rows from the top

    int at(int x, int yFromBottom) const {
        return static_cast<unsigned char>(
            pixels[static_cast<std::size_t>((height - 1 - yFromBottom) * width + x)]);
    }
};

Drawing draw(const std::string& pdf, const std::string& folder) {
    const std::string file = folder + "/page.pgm";
    const ToolResult drawn =
        runTool({"mutool", "draw", "-q", "-r", "72", "-F", "pgm", "-c", "gray", "-o", file, pdf, "1"});
    Drawing drawing;
    std::ifstream in(file, std::ios::binary);
    std::string magic;
    int most = 0;
    in >> magic >> drawing.width >> drawing.height >> most;
    in.get();
    drawing.pixels.assign(std::istreambuf_iterator<char>(in), {});
    EXPECT_EQ(drawing.pixels.size(), static_cast<std::size_t>(drawing.width * drawing.height))
        << drawn.output;
    return drawing;
}

class SealOptions : public testing::Test {
protected:
    void SetUp() override {
        for (const char* tool : {"mutool", "pdfsig"})
            ASSERT_TRUE(hasTool(tool)) << "scripts/setup --test installs " << tool;
    }
    // One signature, which holds and covers the whole file.
    static bool isSealedWhole(const DaemonUnderTest& daemon, const std::string& name) {
        const std::vector<PdfsigVerdict> verdicts = pdfsigVerdicts(daemon.inFolder() + "/out/" + name);
        return verdicts.size() == 1 && verdicts[0].isValid && verdicts[0].coversFile;
    }
    // Drops `bytes` and waits; the daemon runs already.
    static void seal(DaemonUnderTest& daemon, const std::string& name, const std::string& bytes,
                     std::size_t settled) {
        daemon.drop(name, bytes);
        ASSERT_TRUE(daemon.waitUntilSettled(settled)) << daemon.log();
    }
};

// 120 mm from the left and 20 mm from the bottom, 60 by 20 mm; nothing else on the page is touched.
TEST_F(SealOptions, TheMarkIsWhereThePipelineSaysAndNowhereElse) {
    DaemonUnderTest daemon(
        R"(seal { id = "seal", key = "office",
                  mark = { page = "first", x = 120, y = 20, width = 60, height = 20, text = "Scellé par l'étude\nLyon" } })");
    ASSERT_TRUE(daemon.start());
    seal(daemon, "lease.pdf", tinyPdf(), 1);
    EXPECT_EQ(daemon.stop(), 0);
    ASSERT_EQ(daemon.brokenPromise({"lease.pdf"}, {}), "") << daemon.log();
    EXPECT_TRUE(isSealedWhole(daemon, "lease.pdf"));

    const Drawing before = draw(daemon.inFolder() + "/done/lease.pdf", daemon.root());
    const Drawing after = draw(daemon.inFolder() + "/out/lease.pdf", daemon.root());
    ASSERT_EQ(before.pixels.size(), after.pixels.size());
    const int left = 340, right = 511, bottom = 56, top = 114;  // in points
    int changedInside = 0, changedOutside = 0, dark = 0;
    for (int y = 0; y < after.height; ++y)
        for (int x = 0; x < after.width; ++x) {
            if (before.at(x, y) == after.at(x, y)) continue;
            const bool isInside = x >= left - 1 && x <= right + 1 && y >= bottom - 1 && y <= top + 1;
            ++(isInside ? changedInside : changedOutside);
            if (isInside && after.at(x, y) < 128) ++dark;
        }
    EXPECT_EQ(changedOutside, 0);
    EXPECT_GT(changedInside, 400) << "a frame and two lines";
    EXPECT_GT(dark, 100) << "text, not only a frame";
    // For people who want to see it: GREFFE_KEEP_DRAWING=file.png
    if (const char* wanted = std::getenv("GREFFE_KEEP_DRAWING"))
        runTool(
            {"mutool", "draw", "-q", "-r", "72", "-o", wanted, daemon.inFolder() + "/out/lease.pdf", "1"});
}

TEST_F(SealOptions, AMarkWithoutTextNamesTheSealAndTheTime) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office", mark = { x = 20, y = 20 } })");
    ASSERT_TRUE(daemon.start());
    seal(daemon, "lease.pdf", tinyPdf(), 1);
    EXPECT_EQ(daemon.stop(), 0);
    ASSERT_EQ(daemon.brokenPromise({"lease.pdf"}, {}), "") << daemon.log();
    const std::string sealed = daemon.contentOf("out", "lease.pdf");
    EXPECT_THAT(sealed, HasSubstr("(Greffe test seal) Tj"));
    EXPECT_THAT(sealed, HasSubstr(" UTC) Tj"));
}

TEST_F(SealOptions, AMarkThatLeavesThePageHoldsTheDossier) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office", mark = { x = 400, y = 20 } })");
    ASSERT_TRUE(daemon.start());
    daemon.drop("lease.pdf", tinyPdf());
    const auto isHeld = [&] {
        return daemon.contentOf("in-progress", "lease.pdf.receipt.json").find(R"("verdict": "held")") !=
               std::string::npos;
    };
    for (int i = 0; i < 1000 && !isHeld(); ++i)
        usleep(20'000);
    EXPECT_THAT(daemon.contentOf("in-progress", "lease.pdf.receipt.json"),
                HasSubstr("the mark would leave the page"));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(SealOptions, ASecondSealKeepsTheFirstWhole) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office", mark = { x = 20, y = 20 } })");
    ASSERT_TRUE(daemon.start());
    seal(daemon, "once.pdf", tinyPdf(), 1);
    const std::string once = daemon.contentOf("out", "once.pdf");
    seal(daemon, "twice.pdf", once, 2);
    EXPECT_EQ(daemon.stop(), 0);
    ASSERT_EQ(daemon.brokenPromise({"once.pdf", "twice.pdf"}, {}), "") << daemon.log();
    EXPECT_EQ(daemon.contentOf("out", "twice.pdf").substr(0, once.size()), once);
    const std::vector<PdfsigVerdict> verdicts = pdfsigVerdicts(daemon.inFolder() + "/out/twice.pdf");
    ASSERT_EQ(verdicts.size(), 2U);
    EXPECT_TRUE(verdicts[0].isValid && verdicts[1].isValid);
    EXPECT_FALSE(verdicts[0].coversFile);
    EXPECT_TRUE(verdicts[1].coversFile);
}

TEST_F(SealOptions, WhatIsCertifiedAgainstAllChangesIsGivenBackUnsealed) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office", certify = 1 })");
    ASSERT_TRUE(daemon.start());
    seal(daemon, "certified.pdf", tinyPdf(), 1);
    seal(daemon, "again.pdf", daemon.contentOf("out", "certified.pdf"), 2);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"certified.pdf"}, {"again.pdf"}), "") << daemon.log();
    EXPECT_THAT(daemon.contentOf("rejected", "again.pdf.receipt.json"), HasSubstr("changes_forbidden"));
    EXPECT_TRUE(isSealedWhole(daemon, "certified.pdf"));
}

}  // namespace
}  // namespace greffe
