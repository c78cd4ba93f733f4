// SPDX-License-Identifier: Apache-2.0
// A machine that lies to the engine: memory that is not there (D10), a disk that says EIO for a while (D7), a
// date that jumps (S5). The library in between is support/lies.h; real block errors are in
// block_errors_test.cpp.
//
// GREFFE_ALLOCATION_STRIDE=n: every n-th allocation of one document's life fails (the long form); otherwise a
// few at random. GREFFE_EIO_SECONDS=n: how long the disk fails. GREFFE_JUMPS=n: how many rounds of jumps.
#include "base/clock.h"
#include "base/json.h"
#include "end_to_end/journal_view.h"
#include "support/lies.h"
#include "support/scenario.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <thread>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

#define GREFFE_NEEDS_LIES() \
    if (!Lies::kAreToldHere) GTEST_SKIP() << "a sanitizer has an allocator of its own"

int numberFrom(const char* variable, int fallback) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::atoi(text) : fallback;
}

// D10: the process may end, the state is never wrong.
TEST(NoMemory, AtAnyAllocationLosesNothing) {
    GREFFE_NEEDS_LIES();
    std::uint64_t all = 0;
    {
        auto way = Scenario::make("archive_and_notify");
        Lies lies;
        way->drop();
        ASSERT_TRUE(way->daemon().start(lies.how()));
        ASSERT_TRUE(way->settle()) << way->daemon().log();
        all = lies->allocations;
        ASSERT_EQ(way->daemon().stop(), 0);
    }
    ASSERT_GT(all, 1'000U) << "the library was not loaded";
    std::mt19937_64 random(std::random_device{}());
    std::vector<std::uint64_t> chosen;
    if (const int stride = numberFrom("GREFFE_ALLOCATION_STRIDE", 0); stride > 0) {
        for (std::uint64_t n = 1; n <= all; n += static_cast<std::uint64_t>(stride))
            chosen.push_back(n);
    } else {
        for (int i = 0; i < 6; ++i)
            chosen.push_back(1 + random() % all);
    }
    int ended = 0, failed = 0;
    bool failsForEver = false;
    for (const std::uint64_t n : chosen) {
        failsForEver = !failsForEver;
        const std::string what =
            fmt::format("allocation {} of {} fails {}", n, all, failsForEver ? "and all later ones" : "once");
        auto way = Scenario::make("archive_and_notify");
        Lies lies;
        lies->failAt = n;
        lies->failsForEver = failsForEver ? 1 : 0;
        way->drop();
        ASSERT_TRUE(way->daemon().start(lies.how()));
        way->settle(failsForEver ? seconds(3) : seconds(20));
        failed += lies->allocations >= n ? 1 : 0;
        ended += way->daemon().isRunning() ? 0 : 1;
        way->daemon().killAllHard();
        way->daemon().waitForEnd(seconds(10));
        ASSERT_TRUE(way->daemon().start()) << what;
        ASSERT_TRUE(way->settle()) << what << "\n" << way->daemon().log();
        ASSERT_EQ(way->daemon().stop(), 0) << what << "\n" << way->daemon().log();
        ASSERT_EQ(way->broken(), "") << what << "\n" << way->daemon().log();
    }
    EXPECT_GT(failed, 0);
    std::printf("%zu of %llu allocations failed, %d times the daemon ended\n", chosen.size(),
                static_cast<unsigned long long>(all), ended);
}

// D7. What ends is started again, as its supervisor would.
TEST(FailingDisk, ForAWhileUnderLoadLosesNothing) {
    GREFFE_NEEDS_LIES();
    const seconds failing(numberFrom("GREFFE_EIO_SECONDS", 3));
    DaemonUnderTest daemon;
    Lies lies;
    std::vector<std::string> names;
    const auto dropSome = [&] {
        for (int i = 0; i < 5; ++i) {
            names.push_back(fmt::format("{:05}.pdf", names.size()));
            daemon.drop(names.back(), tinyPdf(names.back()));
        }
    };
    dropSome();
    ASSERT_TRUE(daemon.start(lies.how()));
    ASSERT_TRUE(daemon.waitUntilSettled(1)) << daemon.log();
    lies->diskFails = 1;
    const auto begin = std::chrono::steady_clock::now();
    std::optional<milliseconds> seenAfter;
    std::size_t receipts = 0;
    int starts = 1;
    while (std::chrono::steady_clock::now() < begin + failing) {
        dropSome();
        std::this_thread::sleep_for(milliseconds(250));
        const auto since = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
        // Red: the daemon is gone with a reason, or whoever looks is told.
        const bool isRunning = daemon.isRunning();
        if (!seenAfter && (!isRunning || daemon.tellsOfTrouble())) seenAfter = since;
        if (!isRunning) {
            ++starts;
            ASSERT_TRUE(daemon.start(lies.how()));
        }
        receipts = daemon.names("done").size();
    }
    const std::vector<std::string> seen = daemon.names("done");
    lies->diskFails = 0;
    const auto healthy = std::chrono::steady_clock::now();
    while (!daemon.waitUntilSettled(names.size(), seconds(2)) &&
           std::chrono::steady_clock::now() < healthy + DaemonUnderTest::kLongest)
        if (!daemon.isRunning()) {
            ASSERT_TRUE(daemon.start(lies.how()));
        }
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - healthy);
    ASSERT_TRUE(daemon.isRunning()) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_GT(lies->diskErrors.load(), 0U);
    ASSERT_TRUE(seenAfter.has_value()) << "nobody said that the disk fails";
    EXPECT_LE(*seenAfter, seconds(5));
    EXPECT_LE(took, seconds(30));
    EXPECT_EQ(daemon.brokenPromise(names, {}), "") << daemon.log();
    const std::vector<std::string> after = daemon.names("done");
    for (const std::string& name : seen)
        EXPECT_TRUE(std::find(after.begin(), after.end(), name) != after.end())
            << name << " was acknowledged";
    std::printf(
        "%zu documents, %llu errors, seen after %lld ms, %d starts, healthy again after %lld ms, %zu "
        "receipts\n",
        names.size(), static_cast<unsigned long long>(lies->diskErrors.load()),
        static_cast<long long>(seenAfter->count()), starts, static_cast<long long>(took.count()), receipts);
}

// S5: documents come in, wait for a time, for an event with a deadline, for a person with another one; the
// date jumps about. Nobody loses his deadline, nothing happens twice, no seal states a date that never was,
// everything ends.
TEST(JumpingClock, NeitherExpiresNorDoublesNorLoses) {
    GREFFE_NEEDS_LIES();
    DaemonUnderTest daemon(
        R"(wait { id = "calm", for_seconds = 1 }, seal { id = "seal", key = "office" },
           choose { id = "kind", by = function(d) return d.documents.document.name:sub(1, 4) == "wait" and "wait" or "go" end,
                    cases = { wait = { wait { id = "paid", for_event = "bank", expires_days = 3 } }, go = { transform { id = "gone", run = function(d) return { x = 1 } end } } } })");
    Lies lies;
    std::vector<std::string> names;
    const std::int64_t beginUnix = toUnixMs(systemClock().wall()) / 1000;
    ASSERT_TRUE(daemon.start(lies.how()));
    daemon.drop("wait-1.pdf", tinyPdf("w1"));
    daemon.drop("wait-2.pdf", tinyPdf("w2"));
    const auto waitingOnes = [&] {
        int count = 0;
        for (const DossierRow& row : JournalView(daemon.root()).dossiers())
            count += row.state == DossierState::Waiting && row.source.name.rfind("wait", 0) == 0 ? 1 : 0;
        return count;
    };
    const auto until = std::chrono::steady_clock::now() + DaemonUnderTest::kLongest;
    while ((daemon.log().find("daemon started") == std::string::npos ||
            daemon.names("in-progress").size() < 2 || waitingOnes() < 2) &&
           std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(milliseconds(50));
    std::this_thread::sleep_for(seconds(2));  // past "calm"
    constexpr std::int64_t kHour = 3'600, kDay = 24 * kHour, kTenYears = 3'653 * kDay;
    for (int round = 0; round < numberFrom("GREFFE_JUMPS", 1); ++round) {
        for (const std::int64_t ahead : {+1L, -1L, kHour, -kHour, kDay, -kDay, kTenYears, 0L}) {
            lies->wallAheadSeconds = ahead;
            names.push_back(fmt::format("go-{:05}.pdf", names.size()));
            daemon.drop(names.back(), tinyPdf(names.back()));
            std::this_thread::sleep_for(milliseconds(300));
        }
    }
    ASSERT_TRUE(daemon.isRunning()) << daemon.log();
    // All that does not wait for somebody ends, without the two that do.
    const auto limit = std::chrono::steady_clock::now() + DaemonUnderTest::kLongest;
    while (daemon.names("out").size() < names.size() && std::chrono::steady_clock::now() < limit)
        std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(daemon.names("out"), names) << daemon.log();
    EXPECT_EQ(waitingOnes(), 2) << "a date that jumped expired a deadline of three days\n" << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    const JournalView journal(daemon.root());
    for (const DossierRow& row : journal.dossiers()) {
        std::map<std::string, int> done;
        for (const EffectRow& effect : journal.effects(row.id)) {
            done[effect.step] += effect.state == EffectState::Done ? 1 : 0;
            if (effect.step != "seal" || effect.state != EffectState::Done) continue;
            const std::int64_t stated = numberOf(storedJson(effect.factsJson), "signing_time_unix");
            // Two steps of two seconds are small enough to be followed.
            EXPECT_GE(stated, beginUnix - 4) << row.source.name;
            EXPECT_LE(stated, toUnixMs(systemClock().wall()) / 1000 + 4) << row.source.name;
        }
        EXPECT_EQ(done["calm"], 1) << row.source.name;
        EXPECT_EQ(done["seal"], 1) << row.source.name;
    }
    EXPECT_TRUE(journal.verifyAudit());
}

}  // namespace
}  // namespace greffe
