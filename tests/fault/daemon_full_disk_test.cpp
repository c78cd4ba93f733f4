// SPDX-License-Identifier: Apache-2.0
// D8: a disk of the daemon becomes full, of bytes or of inodes, at some moment of its work: the spool's, with
// the journal on it, the drop folder's or the archive's. Nothing is lost, nothing goes round for nothing,
// somebody who looks is told; and when there is room again the same process goes on.
//
// GREFFE_FULL_ROUNDS=n: how often (the long form: 20).
#include "support/daemon_under_test.h"
#include "support/mounted.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <sstream>
#include <thread>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

constexpr int kWaiting = 60;
constexpr int kDroppedMeanwhile = 10;
// A thread that goes round for nothing needs a whole one; a sanitizer makes the few tries ten times as dear.
constexpr double kMostOfAProcessor = 0.4;

constexpr const char* kSteps =
    R"(validate { id = "check" }, seal { id = "seal", key = "office" }, archive { id = "keep", archive = "vault" })";
constexpr const char* kHouse =
    R"(archives = { archive { name = "vault", plugin = "archive-folder", path = "@ROOT@/kept" } },)";

struct FullDisk {
    const char* name;
    const char* directory;  // below the house's root
    const char* size;       // as tmpfs takes it
    bool isOfInodes;
};

std::ostream& operator<<(std::ostream& out, const FullDisk& disk) {
    return out << disk.name;
}

std::string textIn(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

// Admission would stop long before such a small disk is full: here everything is to meet its end.
void takeTheLastByte(const DaemonUnderTest& daemon) {
    const std::string path = daemon.root() + "/config/greffe.lua";
    const std::string config = std::regex_replace(textIn(path), std::regex("front_port = 0"),
                                                  "front_port = 0, min_free_mebibytes = 0");
    std::ofstream(path) << config;
}

class Filler {
public:
    Filler(std::string directory, bool isOfInodes)
        : place_(directory + "/.filler"), isOfInodes_(isOfInodes) {}

    // Called again, it takes what has become free meanwhile: a log that shrinks, a file that moved on.
    void fill() {
        fs::create_directory(place_);
        for (;; ++next_) {
            const std::string path = fmt::format("{}/{}", place_, next_);
            const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
            if (fd < 0) return;
            bool isFull = false;
            for (const std::size_t size : {1U << 16U, 1U << 12U}) {
                const std::string block(size, 'f');
                while (!isOfInodes_ && write(fd, block.data(), block.size()) > 0)
                    isFull = true;
            }
            close(fd);
            if (!isOfInodes_ && !isFull) return;
        }
    }
    void clear() const { fs::remove_all(place_); }

private:
    std::string place_;
    bool isOfInodes_;
    int next_ = 0;
};

double processorSecondsOf(pid_t process) {
    std::stringstream fields(textIn(fmt::format("/proc/{}/stat", process)));
    std::string word;
    double ticks = 0;
    for (int i = 1; i <= 15 && fields >> word; ++i)
        if (i >= 14) ticks += std::atof(word.c_str());
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

class DaemonFullDisk : public testing::TestWithParam<FullDisk> {};

TEST_P(DaemonFullDisk, LosesNothingAndTheSameProcessGoesOn) {
    const FullDisk& tested = GetParam();
    const char* wanted = std::getenv("GREFFE_FULL_ROUNDS");
    const int rounds = wanted != nullptr ? std::atoi(wanted) : 1;
    std::mt19937 random(std::random_device{}());
    double most = 0;
    milliseconds longest{0};
    for (int round = 0; round < rounds; ++round) {
        DaemonUnderTest daemon(kSteps, "stable_seconds = 0", kHouse);
        takeTheLastByte(daemon);
        fs::create_directories(daemon.root() + "/" + tested.directory);
        Mounted disk(daemon.root() + "/" + tested.directory);
        GREFFE_NEEDS(disk.mountTmpfs(tested.size), "needs root to mount");
        Filler filler(disk.path(), tested.isOfInodes);
        std::vector<std::string> names;
        // Written before there is no room, dropped whenever it is to be.
        for (int i = 0; i < kWaiting; ++i) {
            names.push_back(fmt::format("{:05}.pdf", i));
            daemon.drop("." + names.back(), tinyPdf(names.back()));
        }
        const auto drop = [&](std::size_t from, std::size_t to) {
            for (std::size_t i = from; i < to; ++i)
                fs::rename(daemon.inFolder() + "/." + names[i], daemon.inFolder() + "/" + names[i]);
        };
        ASSERT_TRUE(daemon.start());
        for (int i = 0; i < 3'000 && !daemon.hasStarted(); ++i)
            std::this_thread::sleep_for(milliseconds(10));
        drop(0, kWaiting - kDroppedMeanwhile);
        std::this_thread::sleep_for(milliseconds(random() % 150));
        filler.fill();
        drop(kWaiting - kDroppedMeanwhile, kWaiting);
        const pid_t before = daemon.pid();
        bool wasTold = false;
        for (int i = 0; i < 6; ++i) {
            std::this_thread::sleep_for(milliseconds(500));
            filler.fill();
            wasTold = wasTold || daemon.tellsOfTrouble();
        }
        const double spent = processorSecondsOf(before);
        std::this_thread::sleep_for(seconds(2));
        most = std::max(most, (processorSecondsOf(before) - spent) / 2);
        wasTold = wasTold || daemon.tellsOfTrouble();
        ASSERT_TRUE(daemon.isRunning()) << daemon.log();
        EXPECT_FALSE(daemon.waitUntilSettled(names.size(), milliseconds(50))) << "it was never full";
        EXPECT_TRUE(wasTold) << daemon.log();

        filler.clear();
        const auto cleared = SteadyClock::now();
        ASSERT_TRUE(daemon.waitUntilSettled(names.size())) << daemon.log();
        longest = std::max(longest, std::chrono::duration_cast<milliseconds>(SteadyClock::now() - cleared));
        EXPECT_EQ(daemon.pid(), before);
        ASSERT_EQ(daemon.stop(), 0) << daemon.log();
        ASSERT_EQ(daemon.brokenPromise(names, {}), "") << daemon.log();
    }
    EXPECT_LT(most, kMostOfAProcessor) << "it goes round for nothing";
    EXPECT_LT(longest, seconds(30)) << "it went on long after there was room";
    std::printf(
        "%s: full %d times; at most %.1f %% of a processor meanwhile; done %lld ms after there was room\n",
        tested.name, rounds, most * 100, static_cast<long long>(longest.count()));
}

// Nobody waits for room for ever with a stop behind him.
TEST(DaemonStopped, WhileItsJournalWaitsForRoomEndsAndTheNextStartGoesOn) {
    DaemonUnderTest daemon(kSteps, "stable_seconds = 0", kHouse);
    takeTheLastByte(daemon);
    fs::create_directories(daemon.root() + "/spool");
    Mounted disk(daemon.root() + "/spool");
    GREFFE_NEEDS(disk.mountTmpfs("size=24m"), "needs root to mount");
    Filler filler(disk.path(), false);
    ASSERT_TRUE(daemon.start());
    for (int i = 0; i < 3'000 && !daemon.hasStarted(); ++i)
        std::this_thread::sleep_for(milliseconds(10));
    std::vector<std::string> names;
    bool isWaiting = false;
    for (int i = 0; i < 300 && !isWaiting; ++i) {
        names.push_back(fmt::format("{:05}.pdf", i));
        daemon.drop(names.back(), tinyPdf(names.back()));
        // Something is to be under way: what is not admitted asks the journal for nothing.
        for (int looked = 0; i == 0 && looked < 1'000 && daemon.names("in-progress").empty(); ++looked)
            std::this_thread::sleep_for(milliseconds(1));
        filler.fill();
        std::this_thread::sleep_for(milliseconds(100));
        isWaiting = daemon.log().find("journal has no room") != std::string::npos;
    }
    ASSERT_TRUE(isWaiting) << daemon.log();
    const auto begin = SteadyClock::now();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    std::printf(
        "stopped after %lld ms\n",
        static_cast<long long>(std::chrono::duration_cast<milliseconds>(SteadyClock::now() - begin).count()));
    // A start that finds no room either says so and ends, or waits with everybody told; it never hangs.
    ASSERT_TRUE(daemon.start());
    for (int i = 0; i < 300 && daemon.isRunning() && !daemon.hasStarted(); ++i)
        std::this_thread::sleep_for(milliseconds(100));
    if (daemon.isRunning()) {
        ASSERT_TRUE(daemon.hasStarted()) << daemon.log();
        ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    }
    filler.clear();
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(names.size())) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise(names, {}), "") << daemon.log();
}

INSTANTIATE_TEST_SUITE_P(Disks, DaemonFullDisk,
                         testing::Values(FullDisk{"spool", "spool", "size=24m", false},
                                         FullDisk{"spool_inodes", "spool", "size=64m,nr_inodes=400", true},
                                         FullDisk{"folder", "in", "size=8m", false},
                                         FullDisk{"folder_inodes", "in", "size=64m,nr_inodes=260", true},
                                         FullDisk{"archive", "kept", "size=4m", false},
                                         FullDisk{"archive_inodes", "kept", "size=64m,nr_inodes=120", true}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace greffe
