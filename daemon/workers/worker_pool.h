// SPDX-License-Identifier: Apache-2.0
// A family of worker processes with one sandbox and one setup. Calls queue here; workers are started when
// there is work and stopped when there is none.
//
// What a worker may do to the engine: nothing. It can be slow (deadline: TERM, then KILL), silent (heartbeats
// missed: KILL), wrong (a malformed frame: KILL), dead. In every case each call in flight gets exactly one
// answer. A worker carries up to kBatch pure calls at once; when it dies, they are tried again one by one, so
// that only the call during which it dies alone is blamed for it.
//
// Lives on the reactor's thread.
#pragma once

#include "base/json_fwd.h"
#include "sys/reactor.h"
#include "workers/call_target.h"
#include "workers/sandbox.h"
#include "workers/worker_process.h"

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

struct PoolSecret {
    std::string instance, option;
    std::string path;  // opened by the engine, never read by it
};

struct PoolSpec {
    std::string name;  // "documents", "keys:company"
    PoolKind kind = PoolKind::Documents;
    SandboxLimits limits;
    std::size_t maxWorkers = 1;
    std::chrono::milliseconds idleStop{10'000};    // how long an idle worker is kept
    std::chrono::milliseconds startLimit{10'000};  // from exec to hello
    std::chrono::milliseconds termGrace{5'000};    // from TERM to KILL
    std::chrono::milliseconds beatPeriod{1'000};   // during a step; four missed are the end
    std::uint64_t recycleAfterCalls = 20'000;      // leaks end here
    std::uint64_t recycleAboveBytes = 512ULL << 20U;
    std::string setupJson = "{}";  // plugins and instances, as worker_setup.h reads them
    std::vector<PoolSecret> secrets;
    // Without these walls a worker is not used. A refused one is as good as one that does not come up.
    bool mustHaveSeccomp = true;
    bool mustHaveLandlock = false;
    WorkerProcess::Launch launch;
};

// What operators see of a pool.
struct PoolStatus {
    std::size_t starting = 0, idle = 0, busy = 0;
    std::size_t queued = 0;
    std::map<std::string, std::uint64_t> restarts;  // by the code of the reason that a worker was lost for
    bool isDegraded = false;                        // workers do not come up; tried again with growing pauses
    std::string trouble;                            // why
    std::optional<SandboxReport> walls;             // of the last worker that came up
};

struct PoolEvents {
    // A structured log event of a worker, or a line it wrote to stderr.
    std::function<void(const std::string& pool, const std::string& logJson)> logged;
    std::function<void(const std::string& pool, const std::string& cause)> workerEnded;
    std::function<void(const std::string& pool, bool isDegraded, const std::string& trouble)> degradedChanged;
};

class WorkerPool final : public CallTarget {
public:
    static constexpr std::size_t kBatch = 16;

    WorkerPool(Reactor& reactor, PoolSpec spec, PoolEvents events);
    ~WorkerPool() override;  // kills what still runs; calls in flight are dropped unanswered
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    void submit(CallRequest request, bool isReplayable, Done done) override;

    // Lets calls in flight finish, starts nothing new, then calls `stopped`.
    void drain(std::function<void()> stopped);

    const std::string& name() const { return spec_.name; }
    std::size_t mostWorkers() const { return spec_.maxWorkers; }
    PoolStatus status() const;

private:
    struct PendingCall {
        CallRequest request;
        bool isReplayable = true;
        bool mustRunAlone = false;
        Done done;
    };
    struct Worker;

    void dispatch();
    void startWorker();
    void sendSetup(Worker& worker);
    bool receiveFrom(Worker& worker);  // whether there may be more
    void handleHello(Worker& worker, const std::string& body);
    void handleOutcome(Worker& worker, Message& message);
    void execute(Worker& worker);
    void armDeadline(Worker& worker);
    void armBeat(Worker& worker);
    void finishIdle(Worker& worker);
    void endWorker(Worker& worker, Reason blame, const std::string& why);
    void workerGone(Worker& worker);
    void settleInFlight(Worker& worker, Reason blame, const std::string& cause);
    void throttle(const std::string& trouble);
    void slowDown(const std::string& trouble);
    void pauseAfter(int failures, int mostDoublings, const std::string& trouble);
    bool isDegraded() const;
    void failQueue(const std::string& trouble);
    void readStderr(Worker& worker);
    void notifyStopped();

    Reactor& reactor_;
    PoolSpec spec_;
    PoolEvents events_;
    std::deque<PendingCall> queue_;
    std::list<std::unique_ptr<Worker>> workers_;
    std::uint32_t nextGeneration_ = 1;
    std::map<std::string, std::uint64_t> restarts_;
    int failedStarts_ = 0;
    int deathsOnFirstCall_ = 0;  // one after the other
    SteadyTime noStartBefore_{};
    Reactor::TimerId retryTimer_ = 0;
    std::string trouble_;
    std::optional<SandboxReport> walls_;
    bool isDraining_ = false;
    std::function<void()> stopped_;
};

}  // namespace greffe
