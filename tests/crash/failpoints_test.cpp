// SPDX-License-Identifier: Apache-2.0
// D6: every named failpoint of the sources, each with death, error and delay, on a way that passes it.
//
// The names are read from the sources, so that a new one that no test passes fails here.
// GREFFE_FAILPOINT_HITS=n goes on to the n-th hit of each (the long form), on every way that passes it.
#include "support/scenario.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;

// Passed by no document that comes through a folder; who passes them instead.
const std::map<std::string, std::string>& elsewhere() {
    static const std::map<std::string, std::string> names = {
        {"spool.sweep", "crash_admission, in each of its forms: a sweep takes what is older than a day"},
        {"queue.committed", "amqp_intake: it is between a commit and the broker's acknowledgement"},
    };
    return names;
}

// Passed here when a way takes more than ten seconds: the head of the audit chain is then written a second
// time.
bool isPassedOnSlowWays(const std::string& name) {
    return name == "file.replace";
}

std::set<std::string> namesInTheSources() {
    std::set<std::string> names;
    static const std::regex shape(R"re(GREFFE_FAILPOINT\((?:fmt::format\()?"([a-z.]+))re");
    for (const auto& entry : fs::recursive_directory_iterator(std::string(GREFFE_SOURCE_DIR) + "/daemon")) {
        if (entry.path().extension() != ".cpp") continue;
        std::ifstream file(entry.path());
        std::stringstream text;
        text << file.rdbuf();
        const std::string source = text.str();
        for (std::sregex_iterator match(source.begin(), source.end(), shape), end; match != end; ++match)
            names.insert((*match)[1]);
    }
    return names;
}

// "sync.<device>" is one place with a name for each file system.
std::string nameInTheSource(const std::string& hit) {
    return hit.rfind("sync.", 0) == 0 ? "sync." : hit;
}

using Hits = std::map<std::string, std::map<std::string, std::string>>;  // name → way → as it was hit

const Hits& hits() {
    static const Hits all = [] {
        Hits hits;
        for (const std::string& scenario : Scenario::names()) {
            auto way = Scenario::make(scenario);
            way->drop();
            DaemonUnderTest::How how;
            how.environment["GREFFE_FAILPOINTS_LOG"] = way->daemon().root() + "/hits";
            EXPECT_TRUE(way->daemon().start(how));
            EXPECT_TRUE(way->settle()) << way->daemon().log();
            EXPECT_EQ(way->daemon().stop(), 0);
            std::ifstream log(way->daemon().root() + "/hits");
            for (std::string name; std::getline(log, name);)
                hits[nameInTheSource(name)][scenario] = name;
        }
        return hits;
    }();
    return all;
}

void breakThere(const std::string& scenario, const std::string& point, const std::string& action) {
    auto way = Scenario::make(scenario);
    way->drop();
    DaemonUnderTest::How how;
    // The device of the name is that of the temporary folder, the same in each run.
    how.environment["GREFFE_FAILPOINTS_SET"] = point + "=" + action;
    const std::string what = fmt::format("{} {} on the way {}", point, action, scenario);
    ASSERT_TRUE(way->daemon().start(how));
    // Killed, ended by itself (at the very end, too), recovered by itself, stopped while it still owed
    // something: all are right. Losing is not.
    const bool hasGoneThrough = way->settle(std::chrono::seconds(15)) && way->daemon().stop() == 0;
    if (!hasGoneThrough || !way->broken().empty()) {
        way->daemon().killAllHard();
        way->daemon().waitForEnd(std::chrono::seconds(10));
        ASSERT_TRUE(way->daemon().start()) << what;
        ASSERT_TRUE(way->settle()) << what << "\n" << way->daemon().log();
        ASSERT_EQ(way->daemon().stop(), 0) << what << "\n" << way->daemon().log();
    }
    ASSERT_EQ(way->broken(), "") << what << "\n" << way->daemon().log();
}

TEST(Failpoints, OfTheSourcesAreAllPassed) {
    const std::set<std::string> named = namesInTheSources();
    ASSERT_GE(named.size(), 25U) << "the sources are not where they were";
    ASSERT_FALSE(hits().empty()) << "the daemon was built without failpoints";
    for (const std::string& name : named) {
        if (isPassedOnSlowWays(name)) continue;  // unit_sys and unit_store pass it
        EXPECT_NE(hits().count(name) != 0, elsewhere().count(name) != 0)
            << name
            << (hits().count(name) != 0 ? " is passed here, too: take it off the list of others"
                                        : " is passed by no test");
    }
    for (const auto& [name, ways] : hits())
        EXPECT_EQ(named.count(name), 1U) << name << " is hit and not found in the sources";
}

// In parts, so that CTest runs them side by side.
constexpr std::size_t kParts = 2;
class EachFailpoint : public testing::TestWithParam<std::size_t> {};

TEST_P(EachFailpoint, WithDeathErrorAndDelay) {
    const char* wanted = std::getenv("GREFFE_FAILPOINT_HITS");
    const int last = wanted != nullptr ? std::atoi(wanted) : 0;
    std::size_t number = 0;
    int broken = 0;
    for (const auto& [name, ways] : hits()) {
        if (number++ % kParts != GetParam()) continue;
        // The short form: one of the ways, not always the first; the same one in each run of a submission.
        const auto chosen = std::next(ways.begin(), static_cast<long>(number / kParts % ways.size()));
        for (const auto& [scenario, point] : ways) {
            if (last == 0 && scenario != chosen->first) continue;
            for (const char* action : {"abort", "error", "sleep:300"}) {
                for (int hit = 1; hit <= std::max(1, last); ++hit) {
                    breakThere(scenario, point, fmt::format("{}@{}", action, hit));
                    if (HasFatalFailure()) return;
                    ++broken;
                }
            }
        }
    }
    std::printf("%d times broken\n", broken);
    EXPECT_GT(broken, 0);
}

INSTANTIATE_TEST_SUITE_P(Failpoints, EachFailpoint, testing::Range<std::size_t>(0, kParts),
                         [](const auto& tested) { return fmt::format("part_{}", tested.param + 1); });

}  // namespace
}  // namespace greffe
