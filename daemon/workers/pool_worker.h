// SPDX-License-Identifier: Apache-2.0
// Private to the pool: one of its workers, with the calls that it has.
#pragma once

#include "workers/worker_pool.h"

namespace greffe {

struct WorkerPool::Worker {
    Worker(WorkerProcess started, std::uint32_t number) : process(std::move(started)), generation(number) {}

    enum class State { Starting, Idle, Busy, Ending };

    WorkerProcess process;
    std::uint32_t generation;
    State state = State::Starting;
    std::vector<PendingCall> inFlight;
    SteadyTime lastSign{};  // of life, while busy
    std::uint64_t callsDone = 0;
    bool hasBegun = false;  // a call was given to it
    bool mustRecycle = false;
    std::size_t stderrBytes = 0;
    std::size_t logLines = 0;  // since calls were given to it last
    Reason blame = Reason::WorkerCrashed;
    std::string why;  // set when we ended it
    Reactor::TimerId startTimer = 0, deadlineTimer = 0, graceTimer = 0, beatTimer = 0, idleTimer = 0;
};

}  // namespace greffe
