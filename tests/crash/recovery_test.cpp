// SPDX-License-Identifier: Apache-2.0
// D9: the start after a crash is killed itself, again and again: it must converge whatever it was at.
//
// GREFFE_RECOVERY_KILLS=n: that many kills (the long form: 200).
#include "support/scenario.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <thread>

namespace greffe {
namespace {

using std::chrono::milliseconds;

// How long a start takes here until it has recovered: kills after that prove nothing about recovery.
milliseconds startTime() {
    const auto begin = std::chrono::steady_clock::now();
    DaemonUnderTest daemon;
    EXPECT_TRUE(daemon.start());
    EXPECT_TRUE(daemon.waitUntilSettled(0)) << daemon.log();
    const auto took = std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(daemon.stop(), 0);
    return std::max(milliseconds(20), std::chrono::duration_cast<milliseconds>(took));
}

TEST(Recovery, KilledWhileItRecoversConverges) {
    const char* wanted = std::getenv("GREFFE_RECOVERY_KILLS");
    const int kills = wanted != nullptr ? std::atoi(wanted) : 12;
    const milliseconds window = 3 * startTime() / 2;
    std::mt19937 random(std::random_device{}());
    int done = 0, beforeStarted = 0;
    const std::vector<std::string>& names = Scenario::names();
    for (std::size_t next = random() % names.size(); done < kills; next = (next + 1) % names.size()) {
        auto way = Scenario::make(names[next]);
        way->drop();
        // A crash at some moment of the work, so that there is something to recover.
        ASSERT_TRUE(way->daemon().start());
        way->settle(window + milliseconds(random() % 250));
        way->daemon().killAllHard();
        way->daemon().waitForEnd(std::chrono::seconds(10));
        for (int i = 0; i < 4 && done < kills; ++i, ++done) {
            const std::size_t logged = way->daemon().log().size();
            ASSERT_TRUE(way->daemon().start());
            std::this_thread::sleep_for(milliseconds(random() % static_cast<unsigned>(window.count())));
            way->daemon().killAllHard();
            way->daemon().waitForEnd(std::chrono::seconds(10));
            beforeStarted += way->daemon().log().find("daemon started", logged) == std::string::npos ? 1 : 0;
        }
        const std::string what = fmt::format("after {} kills, on the way {}", done, names[next]);
        ASSERT_TRUE(way->daemon().start()) << what;
        ASSERT_TRUE(way->settle()) << what << "\n" << way->daemon().log();
        ASSERT_EQ(way->daemon().stop(), 0) << what << "\n" << way->daemon().log();
        ASSERT_EQ(way->broken(), "") << what << "\n" << way->daemon().log();
    }
    std::printf("%d recoveries killed, %d of them before they had started\n", done, beforeStarted);
    EXPECT_GT(beforeStarted, 0) << "no kill came while it recovered";
}

// The same at a fixed place: every call of the recovery that changes something, one after the other.
TEST(Recovery, KilledBeforeItsCallsConverges) {
    const char* wanted = std::getenv("GREFFE_RECOVERY_KILLS");
    const int last = wanted != nullptr ? std::atoi(wanted) / 5 : 2;
    int killed = 0;
    for (const char* call : {"renameat2", "fsync", "fdatasync", "pwrite64", "unlinkat"}) {
        auto way = Scenario::make("archive_and_notify");
        way->drop();
        ASSERT_TRUE(way->daemon().start());
        way->settle(milliseconds(400));
        way->daemon().killAllHard();
        way->daemon().waitForEnd(std::chrono::seconds(10));
        for (int n = 1; n <= last; ++n) {
            ASSERT_TRUE(way->daemon().start(DaemonUnderTest::killedBefore(call, n)));
            const bool isSettled = way->settle(std::chrono::seconds(20));
            killed += isSettled ? 0 : 1;
            way->daemon().killAllHard();
            way->daemon().waitForEnd(std::chrono::seconds(10));
            if (isSettled) break;
        }
        ASSERT_TRUE(way->daemon().start());
        ASSERT_TRUE(way->settle()) << call << "\n" << way->daemon().log();
        ASSERT_EQ(way->daemon().stop(), 0) << call << "\n" << way->daemon().log();
        ASSERT_EQ(way->broken(), "") << call << "\n" << way->daemon().log();
    }
    EXPECT_GT(killed, 3);
    std::printf("%d recoveries killed before a call\n", killed);
}

}  // namespace
}  // namespace greffe
