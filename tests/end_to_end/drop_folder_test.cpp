// SPDX-License-Identifier: Apache-2.0
// What an office sees of its drop folder.
#include "support/daemon_under_test.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(DropFolder, AFileComesBackSealedWithItsReceipt) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(daemon.start());
    daemon.drop("contract.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise({"contract.pdf"}, {}), "") << daemon.log();
    const std::string check =
        fmt::format("pdfsig -nocert {}/out/contract.pdf 2>/dev/null", daemon.inFolder());
    FILE* pipe = popen(check.c_str(), "r");
    std::string said(4096, '\0');
    said.resize(fread(said.data(), 1, said.size(), pipe));
    pclose(pipe);
    EXPECT_THAT(said, HasSubstr("Signature is Valid."));
    EXPECT_THAT(said, HasSubstr("Total document signed"));
}

TEST(DropFolder, ASecondDaemonOnTheSameSpoolIsRefused) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(daemon.start());
    daemon.drop("contract.pdf", tinyPdf());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    std::string said;
    EXPECT_EQ(daemon.command({"run", "--config", daemon.root() + "/config"}, &said), 3);
    EXPECT_THAT(said,
                HasSubstr(fmt::format("another greffe works on this spool (process {})", daemon.pid())));
    EXPECT_EQ(daemon.stop(), 0);
}

TEST(DropFolder, WhatIsNotAPdfIsRejectedWithATextAPersonCanRead) {
    DaemonUnderTest daemon;
    daemon.drop("notes.txt", "not a PDF");
    daemon.drop("nothing.pdf", "");
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({}, {"notes.txt", "nothing.pdf"}), "") << daemon.log();
    std::ifstream text(daemon.inFolder() + "/rejected/nothing.pdf.reason.txt");
    const std::string reason((std::istreambuf_iterator<char>(text)), std::istreambuf_iterator<char>());
    EXPECT_THAT(reason, HasSubstr("the file is empty"));
}

TEST(DropFolder, LinksPipesAndHardLinksAreNotFollowedAndBlockNothing) {
    DaemonUnderTest daemon;
    ASSERT_EQ(symlink("/etc/passwd", (daemon.inFolder() + "/link.pdf").c_str()), 0);
    ASSERT_EQ(mkfifo((daemon.inFolder() + "/pipe.pdf").c_str(), 0600), 0);
    daemon.drop("twice.pdf", tinyPdf());
    ASSERT_EQ(link((daemon.inFolder() + "/twice.pdf").c_str(), (daemon.root() + "/other-name").c_str()), 0);
    daemon.drop("good.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(4)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"good.pdf"}, {"link.pdf", "pipe.pdf", "twice.pdf"}), "") << daemon.log();
}

TEST(DropFolder, NamesMayHoldAnyByteAndNoneReachesTheLog) {
    DaemonUnderTest daemon;
    const std::vector<std::string> awkward = {"new\nline.pdf",   "esc\x1b[31m.pdf",
                                              "bad\xff\xfe.pdf", "-rf.pdf",
                                              "a b'\"$.pdf",     std::string(250, 'n') + ".pdf"};
    for (const std::string& name : awkward)
        daemon.drop(name, "not a pdf: " + name);
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(awkward.size())) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    for (const std::string& name : awkward)
        EXPECT_THAT(daemon.names("rejected"), Contains(name));
    std::size_t receipts = 0;
    for (const std::string& name : daemon.names("rejected"))
        if (name.find(".receipt.json") != std::string::npos) ++receipts;
    EXPECT_EQ(receipts, awkward.size());
    for (const char c : daemon.log())
        EXPECT_TRUE(static_cast<unsigned char>(c) >= ' ' || c == '\n') << int{c};
}

TEST(DropFolder, ANameThatIsTakenGetsTheDossiersId) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(daemon.start());
    daemon.drop("same.pdf", tinyPdf("one"));
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    daemon.drop("same.pdf", tinyPdf("two"));
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("out"), ElementsAre("same.pdf", HasSubstr("same~")));
    EXPECT_EQ(daemon.names("done").size(), 4U);
}

TEST(DropFolder, AGrowingFileIsTakenWhole) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })", "stable_seconds = 1");
    ASSERT_TRUE(daemon.start());
    const std::string pdf = tinyPdf();
    {
        std::ofstream slow(daemon.inFolder() + "/slow.pdf", std::ios::binary);
        for (std::size_t at = 0; at < pdf.size(); at += pdf.size() / 5) {
            slow << pdf.substr(at, pdf.size() / 5) << std::flush;
            std::this_thread::sleep_for(std::chrono::milliseconds(400));
        }
    }
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"slow.pdf"}, {}), "") << daemon.log();
}

TEST(DropFolder, ABurstIsTakenWhole) {
    DaemonUnderTest daemon;
    ASSERT_TRUE(daemon.start());
    std::vector<std::string> expected;
    for (int i = 0; i < 200; ++i) {
        expected.push_back(fmt::format("{:03}.pdf", i));
        daemon.drop(expected.back(), tinyPdf(expected.back()));
    }
    ASSERT_TRUE(daemon.waitUntilSettled(expected.size(), std::chrono::seconds(120))) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise(expected, {}), "") << daemon.log();
}

}  // namespace
}  // namespace greffe
