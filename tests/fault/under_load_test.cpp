// SPDX-License-Identifier: Apache-2.0
// What an operator and a producer do to a daemon that has much to do: stop it (S7), have it read its
// configuration again (S7), drop far more than the kernel tells of (S2), leave it alone for long (S3).
//
// GREFFE_RELOADS=n (1000), GREFFE_STOPS=n (20), GREFFE_FLOOD=n files (100000), GREFFE_SOAK_SECONDS=n (7200):
// the long forms.
#include "end_to_end/journal_view.h"
#include "end_to_end/operator_at_work.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace greffe {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

int numberFrom(const char* variable, int fallback) {
    const char* text = std::getenv(variable);
    return text != nullptr ? std::atoi(text) : fallback;
}

// out, done, rejected, quarantine, in-progress, .greffe.
constexpr std::size_t kPlaces = 6;

class Load {
public:
    explicit Load(DaemonUnderTest& daemon) : daemon_(daemon) {}
    void drop(int count) {
        for (int i = 0; i < count; ++i) {
            names.push_back(fmt::format("{:06}.pdf", names.size()));
            daemon_.drop(names.back(), tinyPdf(names.back()));
        }
    }
    std::size_t done() const { return daemon_.names("out").size(); }

    std::vector<std::string> names;

private:
    DaemonUnderTest& daemon_;
};

TEST(UnderLoad, AStopEndsSoonAndTheNextStartGoesOn) {
    DaemonUnderTest daemon;
    Load load(daemon);
    const int stops = numberFrom("GREFFE_STOPS", 2);
    milliseconds longest{0};
    for (int i = 0; i < stops; ++i) {
        load.drop(700);  // more than are worked on at once: those are finished before it ends
        const std::size_t before = load.done();
        ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
        for (int waited = 0; waited < 3'000 && load.done() < before + 10; ++waited)
            std::this_thread::sleep_for(milliseconds(10));
        const auto begin = std::chrono::steady_clock::now();
        ASSERT_EQ(daemon.stop(), 0) << daemon.log();
        longest = std::max(
            longest, std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin));
        EXPECT_LT(load.done(), load.names.size()) << "there was no load left to stop under";
    }
    EXPECT_LE(longest, seconds(10));
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(load.names.size())) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise(load.names, {}), "") << daemon.log();
    std::printf("%d stops under load, the longest took %lld ms\n", stops,
                static_cast<long long>(longest.count()));
}

#ifdef GREFFE_FAILPOINTS
// Slow to take over, as large files are: a stop waited until the folder was empty, with the engine standing
// still meanwhile.
TEST(UnderLoad, AStopDoesNotWaitForTheWholeFolder) {
    DaemonUnderTest daemon;
    Load load(daemon);
    load.drop(200);
    DaemonUnderTest::How how;
    how.environment["GREFFE_FAILPOINTS_SET"] = "intake.admit=sleep:100";
    ASSERT_TRUE(daemon.start(how));
    for (int waited = 0; waited < 3'000 && daemon.names("in-progress").empty() && load.done() == 0; ++waited)
        std::this_thread::sleep_for(milliseconds(10));
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_LT(JournalView(daemon.root()).dossiers().size(), load.names.size()) << "it took all of them first";
    ASSERT_TRUE(daemon.start());
    ASSERT_TRUE(daemon.waitUntilSettled(load.names.size())) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.brokenPromise(load.names, {}), "") << daemon.log();
}
#endif

TEST(UnderLoad, ReloadsLoseNothingAndABadOneChangesNothing) {
    const int reloads = numberFrom("GREFFE_RELOADS", 30);
    DaemonUnderTest daemon;
    Load load(daemon);
    Operator anne(daemon);
    const std::string config = daemon.root() + "/config/pipelines/main.lua";
    const std::string good = readFile(config, 1U << 20U).value();
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    const auto saidSoFar = [&](const char* what) {
        const std::string log = daemon.log();
        int count = 0;
        for (std::size_t at = log.find(what); at != std::string::npos; at = log.find(what, at + 1))
            ++count;
        return count;
    };
    int refused = 0, done = 0;
    for (int i = 0; i < reloads; ++i) {
        load.drop(1);
        const bool isBad = i % 3 == 2;
        std::ofstream(config) << (isBad ? "return pipeline { nmae = \"main\" }\n"
                                        : good + fmt::format("-- change {}\n", i));
        const std::string before = textOf(anne.json({"status"}), "plan");
        ASSERT_EQ(::kill(daemon.pid(), SIGHUP), 0);
        const char* word = isBad ? "reload refused" : "configuration reloaded";
        const int wanted = isBad ? ++refused : ++done;
        for (int waited = 0; waited < 1'500 && saidSoFar(word) < wanted; ++waited)
            std::this_thread::sleep_for(milliseconds(10));
        ASSERT_EQ(saidSoFar(word), wanted) << "reload " << i << "\n" << daemon.log();
        const std::string after = textOf(anne.json({"status"}), "plan");
        EXPECT_EQ(after == before, isBad) << "reload " << i;
    }
    ASSERT_TRUE(daemon.waitUntilSettled(load.names.size())) << daemon.log();
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_EQ(daemon.brokenPromise(load.names, {}), "");
    std::printf("%d reloads under load, %d of them refused, %zu documents\n", reloads, refused,
                load.names.size());
}

// S2. While nobody reads, the kernel's queue of 16,384 events overflows: what was dropped then is found by
// looking, not by being told.
TEST(UnderLoad, AFloodIsTakenWhole) {
    const int files = numberFrom("GREFFE_FLOOD", 800);
    DaemonUnderTest daemon(R"(wait { id = "later", for_event = "bank" })");
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    ASSERT_EQ(::kill(daemon.pid(), SIGSTOP), 0);
    Load load(daemon);
    load.drop(files);
    ASSERT_EQ(::kill(daemon.pid(), SIGCONT), 0);
    const auto begin = std::chrono::steady_clock::now();
    const auto limit = begin + DaemonUnderTest::kLongest + milliseconds(30 * files);
    const auto store = openSqliteStore(daemon.root() + "/spool/journal");
    ASSERT_TRUE(store);
    const auto reader = (*store)->openReader();
    ASSERT_TRUE(reader);
    const auto taken = [&] {
        std::int64_t dossiers = 0;
        if (const auto counts = (*reader)->countByState())
            for (const auto& [state, count] : *counts)
                dossiers += count;
        return dossiers;
    };
    const auto isTakenWhole = [&] { return taken() >= files && daemon.names("").size() <= kPlaces; };
    while (!isTakenWhole() && std::chrono::steady_clock::now() < limit)
        std::this_thread::sleep_for(milliseconds(100 + files / 100));
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
    EXPECT_EQ(taken(), files) << "not each file is one dossier";
    EXPECT_EQ(daemon.names("").size(), kPlaces) << "a file was missed";
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    std::printf("%d files taken in %lld ms\n", files, static_cast<long long>(took.count()));
}

struct Footprint {
    std::size_t descriptors = 0, threads = 0, children = 0, zombies = 0, residentKiB = 0;
};

Footprint footprintOf(pid_t process) {
    Footprint now;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(fmt::format("/proc/{}/fd", process)))
        ++now.descriptors;
    std::ifstream status(fmt::format("/proc/{}/status", process));
    for (std::string key, rest; status >> key && std::getline(status, rest);) {
        if (key == "Threads:") now.threads = std::stoul(rest);
        if (key == "VmRSS:") now.residentKiB = std::stoul(rest);
    }
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", process));
    for (pid_t child = 0; children >> child; ++now.children) {
        std::ifstream stat(fmt::format("/proc/{}/stat", child));
        std::string text((std::istreambuf_iterator<char>(stat)), {});
        const auto end = text.rfind(')');
        now.zombies += end != std::string::npos && text.substr(end, 3) == ") Z" ? 1 : 0;
    }
    return now;
}

// S3. Small lots with a pause between: each measurement is of a daemon at rest, so that only what stays is
// counted.
TEST(UnderLoad, NothingGrowsWithTime) {
    const seconds length(numberFrom("GREFFE_SOAK_SECONDS", 6));
    DaemonUnderTest daemon;
    Load load(daemon);
    ASSERT_TRUE(startAndWait(daemon)) << daemon.log();
    load.drop(30);  // warm
    ASSERT_TRUE(daemon.waitUntilSettled(load.names.size())) << daemon.log();
    const auto begin = std::chrono::steady_clock::now();
    std::vector<Footprint> seen;
    std::vector<double> hours;
    std::size_t settled = 0;
    while (seen.size() < 4 || std::chrono::steady_clock::now() < begin + length) {
        load.drop(20);
        ASSERT_TRUE(daemon.waitUntilSettled(load.names.size() - settled)) << daemon.log();
        std::this_thread::sleep_for(milliseconds(200));
        seen.push_back(footprintOf(daemon.pid()));
        hours.push_back(
            std::chrono::duration<double, std::ratio<3600>>(std::chrono::steady_clock::now() - begin)
                .count());
        // Folders of a hundred thousand files would slow the test itself down, not the daemon.
        if (load.names.size() - settled > 2'000) {
            for (const char* place : {"done", "out"})
                for (const auto& entry : fs::directory_iterator(daemon.inFolder() + "/" + place))
                    fs::remove(entry.path());
            settled = load.names.size();
        }
    }
    const auto spread = [&](auto member) {
        const auto [least, most] = std::minmax_element(
            seen.begin(), seen.end(),
            [&](const Footprint& a, const Footprint& b) { return a.*member < b.*member; });
        return (*most).*member - (*least).*member;
    };
    EXPECT_LE(spread(&Footprint::descriptors), 4U);
    EXPECT_LE(spread(&Footprint::threads), 1U);
    for (const Footprint& one : seen)
        EXPECT_EQ(one.zombies, 0U);
    // The slope of the second half, by least squares.
    const std::size_t from = seen.size() / 2;
    double meanX = 0, meanY = 0, above = 0, below = 0;
    for (std::size_t i = from; i < seen.size(); ++i) {
        meanX += hours[i] / static_cast<double>(seen.size() - from);
        meanY += static_cast<double>(seen[i].residentKiB) / static_cast<double>(seen.size() - from);
    }
    for (std::size_t i = from; i < seen.size(); ++i) {
        above += (hours[i] - meanX) * (static_cast<double>(seen[i].residentKiB) - meanY);
        below += (hours[i] - meanX) * (hours[i] - meanX);
    }
    const double slopeMiB = below > 0 ? above / below / 1024 : 0;
    // In seconds a slope means nothing; what must hold then is that a lot costs no memory to speak of.
    if (length >= seconds(1'800)) {
        EXPECT_LE(slopeMiB, 0.5) << "MiB an hour";
    }
#ifndef GREFFE_SANITIZED  // a sanitizer keeps what was freed
    EXPECT_LE(seen.back().residentKiB, seen.front().residentKiB + 8 * 1024);
#endif
    ASSERT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_TRUE(JournalView(daemon.root()).verifyAudit());
    std::printf(
        "%zu documents, %zu measurements, %.2f MiB an hour (%zu to %zu KiB), descriptors +-%zu, threads "
        "+-%zu\n",
        load.names.size(), seen.size(), slopeMiB, seen.front().residentKiB, seen.back().residentKiB,
        spread(&Footprint::descriptors), spread(&Footprint::threads));
}

}  // namespace
}  // namespace greffe
