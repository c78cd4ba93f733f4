// SPDX-License-Identifier: Apache-2.0
// Seals as the daemon makes them (prepare → sign → embed), many of them: through the production processes,
// and by the same code in this one process. The difference of the two is what keeping keys away from parsers
// costs.
#pragma once

#include "support/temporary_directory.h"
#include "support/test_pki.h"
#include "workers/worker_pool.h"

#include <chrono>
#include <memory>
#include <string>

namespace greffe {

// A page of noise, as a scan is, about `bytes` long.
std::string documentOf(std::size_t bytes);

std::size_t processors();

// Processor time of one seal, microseconds: where isolation's price is paid.
struct SealCost {
    double engine = 0, workers = 0;
};

// One documents worker and one keys worker a processor; nothing on disk.
class SealProcesses {
public:
    SealProcesses(Reactor& reactor, const TestIdentity& identity);

    // Seals of `document` a second, over `seconds` and with `inFlight` at once. Ends the program when one
    // fails.
    double rate(const std::string& document, double seconds, std::size_t inFlight);
    // Of the last rate().
    SealCost cost() const { return cost_; }
    // Largest heap that a documents worker had when a seal ended, MiB.
    double peakMebibytes() const { return peakMebibytes_; }

private:
    using Clock = std::chrono::steady_clock;

    void start();
    void sign(CallOutcome prepared);
    void embed(const CallOutcome& prepared, const CallOutcome& signature);

    Reactor& reactor_;
    TemporaryDirectory folder_;
    std::unique_ptr<WorkerPool> keys_, documents_;
    CallInput input_;
    Clock::time_point until_;
    std::size_t done_ = 0, open_ = 0;
    std::uint64_t nextId_ = 0;
    double peakMebibytes_ = 0;
    SealCost cost_;
};

// The same seals by one thread a processor, each with a sealer and a key of its own.
double rateInOneProcess(const TestIdentity& identity, const std::string& document, double seconds);

// Processor time of one seal in one process, milliseconds by stage.
struct SealStages {
    double prepare = 0, hash = 0, sign = 0, embed = 0;
};
SealStages stagesInOneProcess(const TestIdentity& identity, const std::string& document, int rounds);

}  // namespace greffe
