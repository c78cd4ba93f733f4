// SPDX-License-Identifier: Apache-2.0
// A year that is simulated: documents that come one after the other all year long, a clerk who never answers,
// two months of waiting, seal, archive, mail. The real plan, scheduler and states; pure work is done for
// real.
//
//   bench_year [dossiers, 10000]
#include "app/configuration.h"
#include "bench/figures.h"
#include "plugin_host/worker_main.h"
#include "simulate/world.h"
#include "specs/made_pdf.h"
#include "support/temporary_directory.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

namespace greffe {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::hours;
using std::chrono::milliseconds;

constexpr const char* kHouse = R"(return {
  keys = { key { name = "office", private_key = secret_file("/k.pem"), certificate = secret_file("/c.pem") } },
  notifiers = { notifier { name = "mail", plugin = "notify-smtp", host = "smtp.example.test", from = "a@b.test" } },
  archives = { archive { name = "kept", path = "/srv/kept" } },
  pipelines = { pipeline { name = "lease", steps = {
    validate { id = "check", max_pages = 20 },
    task { id = "verify", ask = "clerk", answers = { "yes", "no" }, expires_days = 30, on_expired = "continue" },
    wait { id = "calm", for_seconds = 60 * 86400 },
    seal { id = "seal", key = "office" },
    archive { id = "keep" },
    notify { id = "tell", to = { "office@example.org" }, subject = "Sealed", text = "It is.", attach = { "document" } },
  } } },
})";

[[noreturn]] void fail(const std::string& why) {
    fmt::print(stderr, "bench_year: {}\n", why);
    std::exit(1);
}

template <class Value>
Value orFail(Result<Value> result) {
    if (!result) fail(result.error().text());
    return std::move(*result);
}

double secondsSince(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

void importOne(World& world, int number) {
    const std::string name = fmt::format("lease-{}.pdf", number);
    const UniqueFd file = orFail(sealedMemoryFile("bench", madePdf(1, name)));
    orFail(world.import(Sample{"lease", name, file.get(), {}}));
}

void run(int dossiers) {
    const TemporaryDirectory folder;
    std::ofstream(folder.path() + "/greffe.lua") << kHouse;
    const LoadedConfiguration loaded = orFail(loadConfiguration(folder.path(), findHousePaths()));
    if (!loaded.compiled.plan) fail(diagnosticsText(loaded.compiled.diagnostics));
    const WallTime start = fromUnixMs(1'767'225'600'000);  // 2026-01-01
    const auto stage = orFail(Stage::build(loaded, findHousePaths(), start));
    const auto world = orFail(World::open(*stage, start));

    const auto begin = Clock::now();
    const milliseconds pause = milliseconds(hours(24 * 365)) / dossiers;
    for (int i = 0; i < dossiers; ++i) {
        importOne(*world, i);
        world->moveTo(world->time().wall() + pause);
    }
    world->moveTo(world->time().wall() + hours(24 * 100));
    const double took = secondsSince(begin);

    DossierFilter open;
    open.state = DossierState::Done;
    open.limit = static_cast<std::size_t>(dossiers) + 1;
    const std::size_t done = orFail(world->reader().dossiers(open)).size();
    if (done != static_cast<std::size_t>(dossiers))
        fail(fmt::format("only {} of {} dossiers are done", done, dossiers));

    Figures figures(fmt::format("A year with {} dossiers, simulated", dossiers));
    figures.atMost("all of it", took, 60, "s");
    figures.read("one dossier, six steps, three months",
                 fmt::format("{} ms", shortNumber(1'000 * took / dossiers)));
    figures.print();
}

}  // namespace
}  // namespace greffe

int main(int argc, char** argv) {
    // The pools start this program again as their workers.
    if (argc > 1 && std::string(argv[1]) == "worker") return greffe::runWorker(3);
    greffe::run(argc > 1 ? std::atoi(argv[1]) : 10'000);
    return 0;
}
