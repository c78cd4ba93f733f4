// SPDX-License-Identifier: Apache-2.0
// Sealing, not durable: through the production processes, by the same code in one process, beside the raw
// limits of this machine and, with --peers FOLDER, beside other programs that sign PDFs. All in turns in one
// run.
//
//   bench_seal [--seconds S a figure, 2] [--peers FOLDER]
#include "bench/figures.h"
#include "bench/peers.h"
#include "bench/raw_limits.h"
#include "bench/seal_workload.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

namespace greffe {
namespace {

constexpr int kRounds = 5;
constexpr std::size_t kInFlight = 96;
constexpr std::size_t kSmall = 50'000, kLargest = 100'000'000;

struct Size {
    const char* name;
    std::size_t bytes;
};
constexpr Size kSizes[] = {
    {"50 KB", kSmall}, {"1 MB", 1'000'000}, {"20 MB", 20'000'000}, {"100 MB", kLargest}};

struct Samples {
    std::vector<double> rawRsa, rawP256, rsa, p256, rsaAlone, p256Alone, ofRawRsa, p256ToRsa, isolation;
    SealCost rsaCost, p256Cost;  // of the last round
};

void progress(const std::string& what) {
    fmt::print(stderr, "… {}\n", what);
}

// Every figure that is compared with another comes from the same round as that one.
Samples sampleSmall(Reactor& reactor, const TestIdentity& rsaKey, const TestIdentity& p256Key,
                    double seconds) {
    const std::string document = documentOf(kSmall);
    SealProcesses rsa(reactor, rsaKey), p256(reactor, p256Key);
    rsa.rate(document, 0.3, kInFlight);  // workers come up
    p256.rate(document, 0.3, kInFlight);
    Samples samples;
    for (int round = 0; round < kRounds; ++round) {
        progress(fmt::format("50 KB, round {} of {}", round + 1, kRounds));
        const RawLimits raw = measureRawLimits();
        samples.rawRsa.push_back(raw.rsa2048SignsPerSecond);
        samples.rawP256.push_back(raw.p256SignsPerSecond);
        samples.rsa.push_back(rsa.rate(document, seconds, kInFlight));
        samples.rsaCost = rsa.cost();
        samples.rsaAlone.push_back(rateInOneProcess(rsaKey, document, seconds));
        samples.p256.push_back(p256.rate(document, seconds, kInFlight));
        samples.p256Cost = p256.cost();
        samples.p256Alone.push_back(rateInOneProcess(p256Key, document, seconds));
        samples.ofRawRsa.push_back(100 * samples.rsa.back() / samples.rawRsa.back());
        samples.p256ToRsa.push_back(samples.p256.back() / samples.rsa.back());
        samples.isolation.push_back(100 * (1 - samples.rsa.back() / samples.rsaAlone.back()));
    }
    return samples;
}

void printSmall(const Samples& samples) {
    Figures figures(fmt::format("Sealing 50 KB, {} cores, median of {} rounds", processors(), kRounds));
    const auto perSecond = [](const std::vector<double>& values) {
        return shortNumber(median(values)) + " /s";
    };
    figures.read("raw RSA-2048 signatures, one core", perSecond(samples.rawRsa));
    figures.read("raw P-256 signatures, one core", perSecond(samples.rawP256));
    figures.read("RSA-2048 through the processes", perSecond(samples.rsa));
    figures.read("RSA-2048 in one process", perSecond(samples.rsaAlone));
    figures.read("P-256 through the processes", perSecond(samples.p256));
    figures.read("P-256 in one process", perSecond(samples.p256Alone));
    const auto costText = [](const SealCost& cost) {
        return fmt::format("{:.0f} + {:.0f} µs", cost.engine, cost.workers);
    };
    figures.read("RSA-2048: engine + workers, one seal", costText(samples.rsaCost));
    figures.read("P-256: engine + workers, one seal", costText(samples.p256Cost));
    figures.atLeast("RSA-2048: share of the raw rate (aim 60)", median(samples.ofRawRsa), 45, "%");
    figures.atLeast("P-256 against RSA-2048", median(samples.p256ToRsa), 1.5, "times");
    figures.atMost("what isolation costs, RSA-2048", median(samples.isolation), 25, "%");
    figures.print();
}

void printLarge(Reactor& reactor, const TestIdentity& key, double seconds, const PeerRates& peers) {
    std::map<std::string, double> ours;
    fmt::print("\n{:<8} {:>10} {:>10} {:>16}", "P-256", "seals/s", "MB/s", "of SHA-256 alone");
    for (const std::string& peer : peers.names)
        fmt::print(" {:>22}", peer);
    fmt::print("\n");
    for (const Size& size : kSizes) {
        progress(size.name);
        const std::string document = documentOf(size.bytes);
        SealProcesses line(reactor, key);
        line.rate(document, 0.2, 2);
        const std::size_t inFlight = size.bytes > 10'000'000 ? 2 * processors() : kInFlight;
        const double rate = line.rate(document, 2 * seconds, inFlight);
        const double bytes = rate * static_cast<double>(size.bytes);
        const double bandwidth = measureRawLimits().sha256BytesPerSecond * static_cast<double>(processors());
        fmt::print("{:<8} {:>10} {:>10} {:>14} %", size.name, shortNumber(rate), shortNumber(bytes / 1e6),
                   shortNumber(100 * bytes / bandwidth));
        for (const std::string& peer : peers.names) {
            const double theirs = peers.perSecond(peer, size.bytes);
            fmt::print(" {:>22}",
                       theirs > 0 ? fmt::format("{} ({}x)", shortNumber(theirs), shortNumber(rate / theirs))
                                  : std::string("-"));
        }
        fmt::print("\n");
        std::fflush(stdout);
        if (size.bytes != kLargest) continue;
        const SealStages stages = stagesInOneProcess(key, document, 5);
        Figures figures("A file of 100 MB");
        figures.read("hashing it", shortNumber(stages.hash) + " ms");
        figures.atMost("its seal besides hashing: prepare + sign + embed",
                       stages.prepare + stages.sign + stages.embed, 10, "ms");
        figures.atMost("memory of a worker besides page cache", line.peakMebibytes(), 32, "MiB");
        figures.print();
    }
    if (!peers.names.empty())
        fmt::print(
            "\npeers: documents a second, RSA-2048, and how often Greffe is that; one at a time, as they "
            "come\n");
}

}  // namespace
}  // namespace greffe

int main(int argc, char** argv) {
    using namespace greffe;
    double seconds = 2;
    PeerRates peers;
    TestPki pki("Greffe bench", TestKey::Rsa2048);
    const TestIdentity rsaKey = pki.seal(TestKey::Rsa2048), p256Key = pki.seal(TestKey::P256);
    std::string peersFolder;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--seconds") == 0) seconds = std::atof(argv[i + 1]);
        if (std::strcmp(argv[i], "--peers") == 0) peersFolder = argv[i + 1];
    }
    Reactor reactor;
    printSmall(sampleSmall(reactor, rsaKey, p256Key, seconds));
    if (!peersFolder.empty()) {
        std::vector<std::size_t> sizes;
        for (const Size& size : kSizes)
            sizes.push_back(size.bytes);
        peers = measurePeers(peersFolder, rsaKey, sizes, 2 * seconds);
    }
    printLarge(reactor, p256Key, seconds, peers);
    return 0;
}
