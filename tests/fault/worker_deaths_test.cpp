// SPDX-License-Identifier: Apache-2.0
// H2: workers die in every way there is while good documents go through: each good one is done once, each bad
// one is held after three deaths with its reason, and nothing is lost.
//
// GREFFE_WORKER_DEATHS=n: bad documents for that many deaths (the long form: 1000).
#include "end_to_end/operator_at_work.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <thread>

namespace greffe {
namespace {

using ::testing::AnyOf;
using ::testing::StartsWith;

constexpr int kDeathsOfOne = 3;

// A document called bad-segv-… does that to its worker; the others pass these steps by.
std::string stepsFor(const std::vector<std::string>& kinds) {
    std::string steps;
    for (const std::string& kind : kinds)
        steps += fmt::format(
            R"(transform {{ id = "{0}", plugin = "test-misbehaving", into = "{0}", options = {{ ["do"] = "{0}" }}, deadline_seconds = 2,
                            when = function(d) return d.documents.document.name:sub(1, {1}) == "bad-{0}" end }},)",
            kind, kind.size() + 4);
    return steps + R"(seal { id = "seal", key = "office" })";
}

TEST(WorkerDeaths, BesideGoodDocumentsLoseNothing) {
    const char* wanted = std::getenv("GREFFE_WORKER_DEATHS");
    const std::size_t deaths = wanted != nullptr ? static_cast<std::size_t>(std::atoi(wanted)) : 20;
    // "loop" and "stop" last until the step's deadline ends them.
    std::vector<std::string> kinds = {"segv", "abort", "exit", "garbage"};
    if (wanted != nullptr) kinds.insert(kinds.end(), {"memory", "loop", "stop"});
    DaemonUnderTest daemon(stepsFor(kinds));
    DaemonUnderTest::How how;
    how.environment["GREFFE_PLUGIN_PATH"] = std::string(GREFFE_BINARY_DIR) + "/tests/plugins";
    ASSERT_TRUE(startAndWait(daemon, how)) << daemon.log();
    std::vector<std::string> good, bad;
    while (bad.size() * kDeathsOfOne < deaths) {
        const std::string number = fmt::format("{:05}", bad.size());
        bad.push_back(fmt::format("bad-{}-{}.pdf", kinds[bad.size() % kinds.size()], number));
        daemon.drop(bad.back(), tinyPdf(bad.back()));
        for (int i = 0; i < kDeathsOfOne; ++i) {
            good.push_back(fmt::format("good-{}-{}.pdf", number, i));
            daemon.drop(good.back(), tinyPdf(good.back()));
        }
    }
    Operator anne(daemon);
    // Three deaths of one that ends by its deadline and the grace behind it take 21 s of a worker.
    const auto limit =
        std::chrono::steady_clock::now() + DaemonUnderTest::kLongest + std::chrono::seconds(8 * bad.size());
    const auto count = [&](const char* state) {
        const Json status = anne.json({"status"});
        const Json& counts = memberOf(status, "dossiers");
        return counts.contains(state) ? counts[state].get<std::size_t>() : 0U;
    };
    while ((count("held") < bad.size() || daemon.names("out").size() < good.size()) &&
           std::chrono::steady_clock::now() < limit)
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_TRUE(daemon.isRunning());
    EXPECT_EQ(count("held"), bad.size()) << anne.said << daemon.log();
    EXPECT_EQ(count("done"), good.size());
    EXPECT_EQ(daemon.names("out"), good);
    // A worker that loops, or stops, is ended when the step's time is up; one that wants too much memory
    // lives to say so.
    std::size_t deadly = 0;
    for (const std::string& id : anne.dossiers("held")) {
        const Json dossier = memberOf(anne.json({"dossier", "show", id}), "dossier");
        const std::string reason = textOf(dossier, "reason");
        if (reason == "out_of_memory") continue;
        EXPECT_THAT(reason, AnyOf("worker_crashed", "plugin_fault", "deadline_exceeded"))
            << dumpJson(dossier);
        EXPECT_THAT(textOf(dossier, "explanation"), StartsWith("3 workers died on this step"))
            << dumpJson(dossier);
        ++deadly;
    }
    std::size_t died = 0;
    const std::string log = daemon.log();
    for (std::size_t at = log.find("worker ended"); at != std::string::npos;
         at = log.find("worker ended", at + 1))
        ++died;
    EXPECT_GE(deadly, bad.size() * (kinds.size() - 1) / kinds.size());
    EXPECT_GE(died, kDeathsOfOne * deadly);
    // Held, not lost: an operator sends the bad ones back.
    for (const std::string& name : bad)
        EXPECT_THAT(daemon.names("in-progress"), ::testing::Contains(name));
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    std::printf("%zu deaths beside %zu good documents, %zu held\n", died, good.size(), bad.size());
}

}  // namespace
}  // namespace greffe
