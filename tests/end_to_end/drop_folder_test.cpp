// SPDX-License-Identifier: Apache-2.0
// What an office sees of its drop folder.
#include "base/json.h"
#include "base/sha256.h"
#include "support/daemon_under_test.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
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

TEST(DropFolder, LinksPipesSocketsAndDevicesAreNotFollowedAndBlockNothing) {
    DaemonUnderTest daemon;
    ASSERT_EQ(symlink("/etc/passwd", (daemon.inFolder() + "/link.pdf").c_str()), 0);
    ASSERT_EQ(mkfifo((daemon.inFolder() + "/pipe.pdf").c_str(), 0600), 0);
    daemon.drop("twice.pdf", tinyPdf());
    ASSERT_EQ(link((daemon.inFolder() + "/twice.pdf").c_str(), (daemon.root() + "/other-name").c_str()), 0);
    const int socketFd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string socketPath = daemon.inFolder() + "/socket.pdf";
    ASSERT_LT(socketPath.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, socketPath.c_str(), socketPath.size() + 1);
    ASSERT_EQ(bind(socketFd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    std::vector<std::string> refused = {"link.pdf", "pipe.pdf", "socket.pdf", "twice.pdf"};
    // Only root may make a device; it is opened neither way.
    if (mknod((daemon.inFolder() + "/device.pdf").c_str(), S_IFCHR | 0600, makedev(1, 5)) == 0)
        refused.push_back("device.pdf");
    daemon.drop("good.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1 + refused.size())) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    close(socketFd);
    EXPECT_EQ(daemon.brokenPromise({"good.pdf"}, refused), "") << daemon.log();
}

TEST(DropFolder, NamesMayHoldAnyByteAndNoneReachesTheLog) {
    DaemonUnderTest daemon;
    const std::vector<std::string> awkward = {"new\nline.pdf",   "esc\x1b[31m.pdf",
                                              "bad\xff\xfe.pdf", "-rf.pdf",
                                              "a b'\"$.pdf",     std::string(251, 'n') + ".pdf"};
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

TEST(DropFolder, AFileThatShrinksVanishesOrIsReplacedWhileLookedAtIsTakenAsItIs) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })", "stable_seconds = 1");
    ASSERT_TRUE(daemon.start());
    daemon.drop("shrinks.pdf", tinyPdf("long") + std::string(100'000, ' '));
    daemon.drop("vanishes.pdf", tinyPdf("vanishes"));
    daemon.drop("replaced.pdf", tinyPdf("old"));
    daemon.drop("stays.pdf", tinyPdf("stays"));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    fs::resize_file(daemon.inFolder() + "/shrinks.pdf", tinyPdf("long").size());
    fs::remove(daemon.inFolder() + "/vanishes.pdf");
    daemon.drop("replaced.pdf", tinyPdf("new one"));
    ASSERT_TRUE(daemon.waitUntilSettled(3)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"replaced.pdf", "shrinks.pdf", "stays.pdf"}, {}), "") << daemon.log();
    EXPECT_EQ(fs::file_size(daemon.inFolder() + "/done/replaced.pdf"), tinyPdf("new one").size());
    EXPECT_EQ(fs::file_size(daemon.inFolder() + "/done/shrinks.pdf"), tinyPdf("long").size());
}

// A writer that keeps the file open across the claim and for ever: what is sealed is what was hashed,
// whatever it does.
// GB-33: the digest is that of the bytes as they came in.
TEST(DropFolder, WhatIsSealedIsWhatWasHashedThoughAWriterGoesOn) {
    DaemonUnderTest daemon;
    const std::string before = tinyPdf(std::string(3U << 20U, 'x'));
    daemon.drop("held.pdf", before);
    std::FILE* writer = std::fopen((daemon.inFolder() + "/held.pdf").c_str(), "r+b");
    ASSERT_NE(writer, nullptr);
    ASSERT_TRUE(daemon.start());
    for (int i = 0; i < 600 && daemon.names("done").size() < 2; ++i) {
        std::fseek(writer, 2L << 20U, SEEK_SET);
        std::fputs(i % 2 == 0 ? "even" : "odds", writer);
        std::fflush(writer);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    std::fclose(writer);
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    const std::string sealed = readFile(daemon.inFolder() + "/out/held.pdf", 8U << 20U).value();
    const Json receipt =
        Json::parse(readFile(daemon.inFolder() + "/done/held.pdf.receipt.json", 1U << 20U).value());
    EXPECT_EQ(receipt["received"]["size_bytes"], before.size());
    EXPECT_EQ(receipt["received"]["sha256"], toHex(sha256(sealed.substr(0, before.size()))));
}

TEST(DropFolder, DotFilesAndUnfinishedNamesAreLeftAlone) {
    DaemonUnderTest daemon;
    for (const char* name : {".hidden.pdf", "x.pdf.part", "x.tmp", "x.crdownload", "x.filepart"})
        daemon.drop(name, tinyPdf(name));
    daemon.drop("good.pdf", tinyPdf("good"));
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    std::this_thread::sleep_for(std::chrono::milliseconds(1'500));  // a rescan
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"good.pdf"}, {}), "");
    for (const char* name : {".hidden.pdf", "x.pdf.part", "x.tmp", "x.crdownload", "x.filepart"})
        EXPECT_TRUE(fs::exists(daemon.inFolder() + "/" + name)) << name;
}

TEST(DropFolder, SubfoldersAreLookedIntoOnlyWhenAskedTo) {
    DaemonUnderTest flat;
    fs::create_directories(flat.inFolder() + "/sub");
    flat.drop("sub/x.pdf", tinyPdf("x"));
    flat.drop("y.pdf", tinyPdf("y"));
    ASSERT_TRUE(flat.start());
    ASSERT_TRUE(flat.waitUntilSettled(1)) << flat.log();
    EXPECT_EQ(flat.stop(), 0);
    EXPECT_TRUE(fs::exists(flat.inFolder() + "/sub/x.pdf"));

    DaemonUnderTest deep(R"(seal { id = "seal", key = "office" })", "stable_seconds = 0, recursive = true");
    fs::create_directories(deep.inFolder() + "/b\xe9/inner");
    ASSERT_EQ(symlink("/etc", (deep.inFolder() + "/outside").c_str()), 0);
    deep.drop("b\xe9/inner/x.pdf", tinyPdf("x"));
    ASSERT_TRUE(deep.start());
    // Subfolders stay in in-progress/: what is settled is told by the files.
    const auto comes = [&](const std::string& path) {
        for (int i = 0; i < 2'000 && !fs::exists(fs::symlink_status(deep.inFolder() + "/" + path)); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        return fs::exists(fs::symlink_status(deep.inFolder() + "/" + path));
    };
    EXPECT_TRUE(comes("done/b\xe9/inner/x.pdf")) << deep.log();
    EXPECT_TRUE(comes("rejected/outside")) << deep.log();
    fs::create_directories(deep.inFolder() + "/later");
    deep.drop("later/y.pdf", tinyPdf("y"));
    EXPECT_TRUE(comes("done/later/y.pdf")) << deep.log();
    EXPECT_EQ(deep.stop(), 0);
    EXPECT_TRUE(fs::exists(deep.inFolder() + "/done/b\xe9/inner/x.pdf"));
    EXPECT_TRUE(fs::exists(deep.inFolder() + "/done/b\xe9/inner/x.pdf.receipt.json"));
    EXPECT_TRUE(fs::exists(deep.inFolder() + "/out/b\xe9/inner/x.pdf"));
    EXPECT_TRUE(fs::exists(deep.inFolder() + "/out/later/y.pdf")) << "a folder that came while it ran";
    EXPECT_TRUE(fs::is_symlink(deep.inFolder() + "/rejected/outside")) << "a link to a folder is a link";
}

// What lay below a folder when the power went is taken up as what it was, though `recursive` was turned off
// meanwhile: the whole folder was taken for one dossier once, and rejected.
TEST(Recursive, ACrashAndAChangeOfMindLoseNothing) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })", "stable_seconds = 0, recursive = true");
    fs::create_directory(daemon.inFolder() + "/sub");
    daemon.drop("sub/x.pdf", tinyPdf());
    DaemonUnderTest::How how;
    how.environment["GREFFE_FAILPOINTS_SET"] = "intake.commit=abort@1";  // claimed, and no row yet
    ASSERT_TRUE(daemon.start(how));
    ASSERT_NE(daemon.waitForEnd(DaemonUnderTest::kLongest), 0) << daemon.log();
    ASSERT_FALSE(fs::exists(daemon.inFolder() + "/sub/x.pdf"));
    const std::string config = daemon.root() + "/config/greffe.lua";
    std::string text = readFile(config, 1U << 20U).value();
    text.replace(text.find("recursive = true"), 16, "recursive = false");
    std::ofstream(config) << text;
    ASSERT_TRUE(daemon.start());
    const std::string receipt = daemon.inFolder() + "/done/sub/x.pdf.receipt.json";
    for (int i = 0; i < 300 && !fs::exists(receipt); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(fs::exists(receipt)) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(fs::exists(daemon.inFolder() + "/out/sub/x.pdf"));
    EXPECT_THAT(daemon.names("rejected"), testing::IsEmpty());
}

std::string withDuplicates(const std::string& policy) {
    return fmt::format(R"(stable_seconds = 0, on_duplicate = "{}")", policy);
}

TEST(Duplicates, BecomeDossiersOfTheirOwnWhenNothingElseIsSaid) {
    DaemonUnderTest daemon;
    daemon.drop("a.pdf", tinyPdf());
    daemon.drop("b.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf", "b.pdf"}, {}), "");
}

// GB-34: equal files are told by their content, whatever they are called.
TEST(Duplicates, AreSkippedWithAReceipt) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })", withDuplicates("skip"));
    daemon.drop("a.pdf", tinyPdf());
    daemon.drop("b.pdf", tinyPdf());  // in the same batch
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    daemon.drop("c.pdf", tinyPdf());  // when the first is done
    ASSERT_TRUE(daemon.waitUntilSettled(3)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.names("out").size(), 1U);
    EXPECT_EQ(daemon.brokenPromise({"a.pdf"}, {"b.pdf", "c.pdf"}), "") << daemon.log();
    const Json first =
        Json::parse(readFile(daemon.inFolder() + "/done/a.pdf.receipt.json", 1U << 20U).value());
    const Json again =
        Json::parse(readFile(daemon.inFolder() + "/rejected/c.pdf.receipt.json", 1U << 20U).value());
    EXPECT_EQ(again["reason"], "duplicate");
    EXPECT_THAT(again["explanation"].get<std::string>(), HasSubstr(first["dossier"].get<std::string>()));
}

TEST(Duplicates, AreHeldForAnOperator) {
    DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })", withDuplicates("hold"));
    daemon.drop("a.pdf", tinyPdf());
    daemon.drop("b.pdf", tinyPdf());
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(2)) << daemon.log();
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_THAT(daemon.names("done"), ElementsAre("a.pdf", "a.pdf.receipt.json"));
    EXPECT_THAT(daemon.names("quarantine"), ElementsAre("b.pdf", "b.pdf.reason.txt", "b.pdf.receipt.json"));
}

// Killed before each of the first file's and the second file's durable steps: always one is done, the other
// skipped.
TEST(Duplicates, AreStillOneAfterACrashBetweenTheTwo) {
    for (int n = 1; n <= 8; ++n) {
        DaemonUnderTest daemon(R"(seal { id = "seal", key = "office" })", withDuplicates("skip"));
        daemon.drop("a.pdf", tinyPdf());
        daemon.drop("b.pdf", tinyPdf());
        const char* call = n % 2 == 0 ? "fdatasync" : "renameat2";
        ASSERT_TRUE(daemon.start(DaemonUnderTest::killedBefore(call, (n + 1) / 2)));
        static_cast<void>(daemon.waitUntilSettled(2));
        daemon.killAllHard();
        daemon.waitForEnd(std::chrono::seconds(10));
        ASSERT_TRUE(daemon.start());
        ASSERT_TRUE(daemon.waitUntilSettled(2)) << n << daemon.log();
        ASSERT_EQ(daemon.stop(), 0);
        EXPECT_EQ(daemon.names("out").size(), 1U) << n;
        EXPECT_EQ(daemon.names("done").size(), 2U) << n;
        EXPECT_EQ(daemon.names("rejected").size(), 3U) << n;
    }
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
