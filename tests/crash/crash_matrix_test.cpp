// SPDX-License-Identifier: Apache-2.0
// Nothing lost, nothing done twice: the daemon is killed before every durable system call of a document's
// life, at random moments, and at every named failpoint; after a restart every promise must hold.
//
// The points are enumerated by running, not listed by hand: for each call, n = 1, 2, … until a run is not
// killed any more. GREFFE_MATRIX_STRIDE=k takes every k-th point (1 is the long form), GREFFE_KILLS=n the
// number of random kills.
#include "support/daemon_under_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <thread>

namespace greffe {
namespace {

constexpr int kKilled = 128 + SIGKILL;

int numberFrom(const char* variable, int fallback) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::atoi(text) : fallback;
}

void dropWorkload(const DaemonUnderTest& daemon) {
    daemon.drop("one.pdf", tinyPdf("one"));
    daemon.drop("two.pdf", tinyPdf("two"));
    daemon.drop("text.txt", "not a pdf");
}

// Starts the daemon again after whatever happened and checks that everything came to its right end.
void expectRecovered(DaemonUnderTest& daemon, const std::string& what) {
    ASSERT_TRUE(daemon.start()) << what;
    ASSERT_TRUE(daemon.waitUntilSettled(3)) << what << "\n" << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << what << "\n" << daemon.log();
    ASSERT_EQ(daemon.brokenPromise({"one.pdf", "two.pdf"}, {"text.txt"}), "") << what << "\n" << daemon.log();
}

class DurableCall : public testing::TestWithParam<const char*> {};

TEST_P(DurableCall, KilledBeforeEachOne) {
    const int stride = numberFrom("GREFFE_MATRIX_STRIDE", 7);
    int kills = 0;
    // The first calls one by one (some are made a few times only), then in strides that begin at a random
    // place: repeated runs of the short form look at different points.
    std::random_device random;
    const int offset = static_cast<int>(random() % static_cast<unsigned>(stride));
    for (int n = 1;; n += n < 4 ? 1 : n == 4 ? 1 + offset : stride) {
        DaemonUnderTest daemon;
        dropWorkload(daemon);
        DaemonUnderTest::How how;
        how.wrapper = {"strace",
                       "-f",
                       "-qq",
                       "-o",
                       "/dev/null",
                       "-e",
                       fmt::format("trace={}", GetParam()),
                       "-e",
                       fmt::format("inject={}:signal=KILL:when={}", GetParam(), n)};
        ASSERT_TRUE(daemon.start(how));
        const bool isSettled = daemon.waitUntilSettled(3, std::chrono::seconds(60));
        if (daemon.isRunning()) {
            ASSERT_TRUE(isSettled) << daemon.log();
            // Nothing was hit: a worker's kill costs an attempt, the daemon's would have ended the run.
            daemon.killAllHard();
            daemon.waitForEnd(std::chrono::seconds(10));
            const bool wasWorkerKilled = daemon.log().find("worker ended") != std::string::npos;
            expectRecovered(daemon, fmt::format("{} number {} of a worker", GetParam(), n));
            if (!wasWorkerKilled) break;
            ++kills;
            continue;
        }
        ++kills;
        expectRecovered(daemon, fmt::format("killed before {} number {}", GetParam(), n));
        if (HasFatalFailure()) return;
    }
    RecordProperty("kills", kills);
    EXPECT_GT(kills, 0) << "a call that a document's life never makes proves nothing";
    std::printf("%s: %d points killed\n", GetParam(), kills);
}

INSTANTIATE_TEST_SUITE_P(CrashMatrix, DurableCall,
                         testing::Values("fsync", "fdatasync", "syncfs", "renameat2", "linkat",
                                         "unlinkat,unlink,rmdir", "pwrite64", "mkdirat,mkdir", "openat",
                                         "write", "copy_file_range", "ftruncate,fallocate", "fsetxattr",
                                         "sendmsg"),
                         [](const testing::TestParamInfo<const char*>& tested) {
                             std::string name = tested.param;
                             return name.substr(0, name.find(','));
                         });

TEST(CrashMatrix, RandomKillsOfDaemonAndWorkers) {
    const int kills = numberFrom("GREFFE_KILLS", 25);
    std::mt19937 random(std::random_device{}());
    DaemonUnderTest daemon;
    std::vector<std::string> expected;
    int done = 0;
    while (done < kills) {
        for (int i = 0; i < 2; ++i) {
            expected.push_back(fmt::format("{:05}.pdf", expected.size()));
            daemon.drop(expected.back(), tinyPdf(expected.back()));
        }
        ASSERT_TRUE(daemon.start());
        std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 700));
        switch (random() % 4) {
            case 0: daemon.killHard(); break;
            case 1:
                daemon.killWorkerHard();
                std::this_thread::sleep_for(std::chrono::milliseconds(random() % 200));
                daemon.killHard();
                break;
            default: daemon.killAllHard(); break;
        }
        ASSERT_EQ(daemon.waitForEnd(std::chrono::seconds(10)), kKilled) << daemon.log();
        ++done;
    }
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(expected.size(), std::chrono::seconds(120))) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise(expected, {}), "") << daemon.log();
}

// D6: every failpoint that a document's life passes, each with death, error and delay.
TEST(CrashMatrix, EveryFailpointWithDeathErrorAndDelay) {
    std::set<std::string> names;
    {
        DaemonUnderTest daemon;
        dropWorkload(daemon);
        DaemonUnderTest::How how;
        how.environment["GREFFE_FAILPOINTS_LOG"] = daemon.root() + "/hits";
        ASSERT_TRUE(daemon.start(how));
        ASSERT_TRUE(daemon.waitUntilSettled(3)) << daemon.log();
        ASSERT_EQ(daemon.stop(), 0);
        std::ifstream hits(daemon.root() + "/hits");
        for (std::string name; std::getline(hits, name);)
            names.insert(name);
    }
    ASSERT_GE(names.size(), 10U) << "the daemon was built without failpoints";
    for (const std::string& name : names) {
        for (const char* action : {"abort@2", "error@2", "sleep:300@2"}) {
            DaemonUnderTest daemon;
            dropWorkload(daemon);
            DaemonUnderTest::How how;
            how.environment["GREFFE_FAILPOINTS_SET"] = name + "=" + action;
            ASSERT_TRUE(daemon.start(how));
            // Killed, ended by itself, recovered by itself: all are right. Losing is not.
            daemon.waitUntilSettled(3, std::chrono::seconds(15));
            if (daemon.isRunning()) daemon.stop();
            expectRecovered(daemon, name + " " + action);
            if (HasFatalFailure()) return;
        }
    }
    std::printf("%zu failpoints, each killed, failed and delayed\n", names.size());
}

}  // namespace
}  // namespace greffe
