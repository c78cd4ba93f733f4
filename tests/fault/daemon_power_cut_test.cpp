// SPDX-License-Identifier: Apache-2.0
// D4: power cuts under the whole daemon: drop folder, spool, journal, results and kept dossiers on one ext4
// that forgets, at a random moment, everything which was not flushed.
//
// What a producer dropped durably must come to its end after the power is back; and a receipt that was seen
// before the cut must be there again, with what it speaks of.
#include "support/daemon_under_test.h"
#include "support/mounted.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <random>
#include <thread>

namespace greffe {
namespace {

constexpr const char* kSteps =
    R"(validate { id = "check" }, seal { id = "seal", key = "office" }, archive { id = "keep" })";
constexpr const char* kHouse =
    R"(archives = { archive { name = "vault", plugin = "archive-folder", path = "@ROOT@/kept" } },)";

// EXT4_IOC_SHUTDOWN with "no log flush": the journal of the file system is not written either.
bool cutPower(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    std::uint32_t noLogFlush = 2;
    const bool isCut = fd >= 0 && ioctl(fd, _IOR('X', 125, std::uint32_t), &noLogFlush) == 0;
    if (fd >= 0) close(fd);
    return isCut;
}

void syncFolder(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ASSERT_EQ(syncfs(fd), 0);
    close(fd);
}

TEST(DaemonPowerCut, WhatWasDroppedDurablyComesToItsEnd) {
    TemporaryDirectory outside;
    const std::string image = outside.path() + "/disk";
    GREFFE_NEEDS(
        std::system(
            ("truncate -s 2G '" + image + "' && mkfs.ext4 -q -F '" + image + "' 2>/dev/null").c_str()) == 0,
        "cannot make an ext4 image: install e2fsprogs");
    Mounted disk;
    GREFFE_NEEDS(disk.mountImage(image), "cannot mount a loop device: run as root");
    setenv("TMPDIR", disk.path().c_str(), 1);
    auto daemon = std::make_unique<DaemonUnderTest>(kSteps, "stable_seconds = 0", kHouse);
    unsetenv("TMPDIR");
    const char* wanted = std::getenv("GREFFE_POWER_CUTS");
    const int cuts = wanted != nullptr ? std::atoi(wanted) : 4;
    std::mt19937 random(std::random_device{}());
    std::vector<std::string> expected;
    std::size_t seen = 0;
    for (int cut = 0; cut < cuts; ++cut) {
        for (int i = 0; i < 12; ++i) {
            expected.push_back(fmt::format("{:05}.pdf", expected.size()));
            daemon->drop(expected.back(), tinyPdf(expected.back()));
        }
        syncFolder(daemon->inFolder());
        ASSERT_TRUE(daemon->start());
        std::this_thread::sleep_for(std::chrono::milliseconds(250 + random() % 600));
        const std::vector<std::string> receipts = daemon->names("done");
        ASSERT_TRUE(cutPower(disk.path())) << strerror(errno);
        daemon->killAllHard();
        daemon->waitForEnd(std::chrono::seconds(10));
        ASSERT_TRUE(disk.unmount());
        ASSERT_TRUE(disk.mountImage(image)) << "the file system itself did not survive";
        ASSERT_TRUE(daemon->start());
        ASSERT_TRUE(daemon->waitUntilSettled(expected.size(), std::chrono::seconds(60)))
            << "after cut " << cut << "\n"
            << daemon->log();
        ASSERT_EQ(daemon->stop(), 0) << daemon->log();
        ASSERT_EQ(daemon->brokenPromise(expected, {}), "") << "after cut " << cut << "\n" << daemon->log();
        const std::vector<std::string> after = daemon->names("done");
        for (const std::string& name : receipts) {
            EXPECT_TRUE(std::find(after.begin(), after.end(), name) != after.end())
                << name << " was seen before the cut";
            ++seen;
        }
    }
    EXPECT_GT(seen, 0U) << "the cuts came before there was anything to lose";
    daemon.reset();
}

}  // namespace
}  // namespace greffe
