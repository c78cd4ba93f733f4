// SPDX-License-Identifier: Apache-2.0
// D1, D2: nothing lost, nothing done twice: on every way that a document can go, the daemon is killed before
// each system call that its life makes, and daemon and workers at random moments; after a restart every
// promise must hold.
//
// The points are enumerated by running under strace, not listed by hand: a first run counts the calls, later
// ones are killed before one of them. The short form takes a few at random; GREFFE_MATRIX_STRIDE=k takes
// every k-th of all of them (1 is the long form), GREFFE_KILLS=n the number of random kills.
#include "support/mounted.h"
#include "support/scenario.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <thread>

namespace greffe {
namespace {

constexpr int kKilled = 128 + SIGKILL;
constexpr int kPointsInShort = 5;
constexpr int kRandomRows = 4;

int numberFrom(const char* variable, int fallback) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::atoi(text) : fallback;
}

// These change nothing that anybody could find after a crash; killing before them is killing before the next
// call that does.
const std::set<std::string>& looking() {
    static const std::set<std::string> calls = {
        "access",        "close",        "dup",         "dup2",      "epoll_ctl",      "epoll_pwait",
        "epoll_wait",    "execve",       "faccessat2",  "fadvise64", "fcntl",          "fgetxattr",
        "flock",         "fstat",        "fstatfs",     "getcwd",    "getdents64",     "inotify_add_watch",
        "inotify_init1", "ioctl",        "lseek",       "mmap",      "newfstatat",     "pipe2",
        "poll",          "ppoll",        "pread64",     "read",      "readlink",       "readlinkat",
        "select",        "stat",         "statfs",      "statx",     "timerfd_create", "timerfd_settime",
        "epoll_create1", "eventfd2",     "close_range", "fchdir",    "chdir",          "lstat",
        "signalfd4",     "memfd_create", "recvmsg"};
    return calls;
}

struct Point {
    std::string call;
    int number = 0;
};

// Each call of a whole life with its number. strace counts by thread, so does this.
std::vector<Point> pointsOf(const std::string& scenario) {
    auto way = Scenario::make(scenario);
    way->drop();
    const std::string trace = way->daemon().root() + "/trace";
    EXPECT_TRUE(
        way->daemon().start(DaemonUnderTest::underStrace({"-o", trace, "-e", "trace=%file,%desc,%network"})));
    EXPECT_TRUE(way->settle()) << way->daemon().log();
    EXPECT_EQ(way->daemon().stop(), 0) << way->daemon().log();
    EXPECT_EQ(way->broken(), "");
    std::map<std::pair<std::string, std::string>, int> perThread;
    std::map<std::string, int> most;
    std::ifstream lines(trace);
    static const std::regex shape(R"(^(\d+) +(\w+)\()");
    for (std::string line; std::getline(lines, line);) {
        std::smatch match;
        const std::string start = line.substr(0, 60);
        if (!std::regex_search(start, match, shape) || looking().count(match[2]) != 0) continue;
        most[match[2]] = std::max(most[match[2]], ++perThread[{match[1], match[2]}]);
    }
    std::vector<Point> points;
    for (const auto& [call, count] : most)
        for (int number = 1; number <= count; ++number)
            points.push_back({call, number});
    return points;
}

void expectRecovered(Scenario& way, const std::string& what) {
    ASSERT_TRUE(way.daemon().start()) << what;
    ASSERT_TRUE(way.settle()) << what << "\n" << way.daemon().log();
    ASSERT_EQ(way.daemon().stop(), 0) << what << "\n" << way.daemon().log();
    ASSERT_EQ(way.broken(), "") << what << "\n" << way.daemon().log();
}

bool hasWorkerEnded(Scenario& way) {
    return way.daemon().log().find("worker ended") != std::string::npos;
}

// A point that each successor of a worker reaches, too, is never passed: that is no hang.
bool settleUnlessWorkersDie(Scenario& way) {
    for (int i = 0; i < 30; ++i) {
        if (way.settle(std::chrono::seconds(2))) return true;
        if (!way.daemon().isRunning() || hasWorkerEnded(way)) return false;
    }
    return false;
}

std::string plainName(const testing::TestParamInfo<std::string>& tested) {
    return tested.param;
}

class CrashMatrix : public testing::TestWithParam<std::string> {};

TEST_P(CrashMatrix, KilledBeforeEachCallThatChangesAnything) {
    const std::vector<Point> all = pointsOf(GetParam());
    ASSERT_GT(all.size(), 100U) << "strace saw next to nothing";
    std::vector<Point> chosen;
    std::mt19937 random(std::random_device{}());
    if (const int stride = numberFrom("GREFFE_MATRIX_STRIDE", 0); stride > 0) {
        for (std::size_t i = random() % static_cast<unsigned>(stride); i < all.size();
             i += static_cast<std::size_t>(stride))
            chosen.push_back(all[i]);
    } else {
        // A call first, then one of its times: most of the thousand points are writes and opens.
        std::map<std::string, std::vector<Point>> byCall;
        for (const Point& point : all)
            byCall[point.call].push_back(point);
        for (int i = 0; i < kPointsInShort; ++i) {
            const auto& calls =
                std::next(byCall.begin(), static_cast<long>(random() % byCall.size()))->second;
            chosen.push_back(calls[random() % calls.size()]);
        }
    }
    int kills = 0;
    for (const Point& point : chosen) {
        const std::string what = fmt::format("killed before {} number {}", point.call, point.number);
        auto way = Scenario::make(GetParam());
        way->drop();
        ASSERT_TRUE(way->daemon().start(DaemonUnderTest::killedBefore(point.call, point.number)));
        const bool isSettled = settleUnlessWorkersDie(*way);
        if (way->daemon().isRunning()) {
            const bool wasWorkerKilled = hasWorkerEnded(*way);
            ASSERT_TRUE(isSettled || wasWorkerKilled) << what << "\n" << way->daemon().log();
            kills += wasWorkerKilled ? 1 : 0;  // or timing made one call less of it
            way->daemon().killAllHard();
            way->daemon().waitForEnd(std::chrono::seconds(10));
        } else {
            ++kills;
        }
        expectRecovered(*way, what);
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(kills, 0) << "not one of " << chosen.size() << " points was reached again";
    std::printf("%s: %zu points, %zu tried, %d killed there\n", GetParam().c_str(), all.size(), chosen.size(),
                kills);
}

// Whichever worker it is, whatever it was at: its work is done once, by another one.
TEST_P(CrashMatrix, WorkersAreKilledUnderTheRunningDaemon) {
    const int kills = std::max(3, numberFrom("GREFFE_KILLS", 0) / 40);
    std::mt19937 random(std::random_device{}());
    int done = 0;
    for (int ways = 0; done < kills && ways < 4 * kills; ++ways) {
        auto way = Scenario::make(GetParam());
        way->drop();
        ASSERT_TRUE(way->daemon().start());
        // The one that reads the configuration is no worker of the running daemon.
        for (int i = 0; i < 3'000 && !way->daemon().hasStarted(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        for (int i = 0; i < 3 && done < kills; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120));
            // A way may begin with a question to a person: no worker comes before the answer.
            if (i > 0) static_cast<void>(way->settle(std::chrono::milliseconds(1)));
            bool isKilled = false;
            for (int looked = 0; looked < 50 && !(isKilled = way->daemon().killWorkerHard()); ++looked)
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            done += isKilled ? 1 : 0;
        }
        ASSERT_TRUE(way->settle()) << way->daemon().log();
        ASSERT_EQ(way->daemon().stop(), 0) << way->daemon().log();
        ASSERT_EQ(way->broken(), "") << way->daemon().log();
    }
    EXPECT_GT(done, 0) << "no worker was there to be killed";
}

INSTANTIATE_TEST_SUITE_P(Ways, CrashMatrix, testing::ValuesIn(Scenario::names()), plainName);

// D1, in rounds: each has a house of its own, in which the whole job goes on while half of the kills hit
// daemon and workers at once, a quarter the daemon alone, a quarter one worker under the running daemon.
class RandomKills : public testing::TestWithParam<int> {};

TEST_P(RandomKills, OfDaemonAndWorkersLoseAndDoubleNothing) {
    constexpr int kRound = 100;
    int left = std::max(1, numberFrom("GREFFE_KILLS", 200) / kRandomRows);
    int documents = 0, kills = 0, whileAtWork = 0;
    std::chrono::milliseconds longestStart{0};
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    while (left > 0) {
        auto way = Scenario::make("archive_and_notify");
        DaemonUnderTest& daemon = way->daemon();
        for (int i = 0; i < kRound && left > 0; ++i) {
            way->drop();
            documents += 2;
            // Without the worker that reads the configuration it does not start: that ends it, but not a
            // signal.
            const bool wasAtWork = daemon.hasStarted();
            const int ended = daemon.waitForEnd(std::chrono::milliseconds(0));
            ASSERT_TRUE(ended == -1 || (!wasAtWork && ended < 128)) << ended << daemon.log();
            if (!daemon.isRunning()) {
                const auto begin = std::chrono::steady_clock::now();
                ASSERT_TRUE(daemon.start());
                // Most of them: what is killed before that has little to lose.
                if (random() % 4 != 0) {
                    while (daemon.isRunning() && !daemon.hasStarted()) {
                        std::this_thread::sleep_for(std::chrono::milliseconds(2));
                        ASSERT_LT(std::chrono::steady_clock::now() - begin, DaemonUnderTest::kLongest)
                            << daemon.log();
                    }
                    longestStart =
                        std::max(longestStart, std::chrono::duration_cast<std::chrono::milliseconds>(
                                                   std::chrono::steady_clock::now() - begin));
                    ++whileAtWork;
                }
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 195));
            if (random() % 4 == 0) {
                if (!daemon.killWorkerHard()) continue;  // none was there: nothing was tried
            } else {
                random() % 3 == 0 ? daemon.killHard() : daemon.killAllHard();
                const int killed = daemon.waitForEnd(std::chrono::seconds(10));
                ASSERT_TRUE(killed == kKilled || (!daemon.hasStarted() && killed >= 0 && killed < 128))
                    << killed << daemon.log();
            }
            ++kills;
            --left;
        }
        if (!daemon.isRunning()) {
            ASSERT_TRUE(daemon.start());
        }
        ASSERT_TRUE(way->settle(std::chrono::seconds(300))) << daemon.log();
        ASSERT_EQ(daemon.stop(), 0) << daemon.log();
        ASSERT_EQ(way->broken(), "") << daemon.log();
    }
    std::printf("%d kills, %d starts let be at work before, %d documents; the longest start took %lld ms\n",
                kills, whileAtWork, documents, static_cast<long long>(longestStart.count()));
}

// Rows run beside each other: starts are mostly waiting.
INSTANTIATE_TEST_SUITE_P(Rows, RandomKills, testing::Range(0, kRandomRows));

}  // namespace
}  // namespace greffe
