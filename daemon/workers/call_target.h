// SPDX-License-Identifier: Apache-2.0
// Whoever carries out calls: a pool of workers, or what stands in for it in a simulation.
#pragma once

#include "workers/call.h"

#include <functional>

namespace greffe {

class CallTarget {
public:
    using Done = std::function<void(CallOutcome)>;

    virtual ~CallTarget() = default;
    // `isReplayable`: the call may be executed again after a crash (pure and idempotent ones). Others run
    // alone, and a crash answers them with Verdict::Uncertain. `done` is called once, later, on the reactor's
    // thread.
    virtual void submit(CallRequest request, bool isReplayable, Done done) = 0;
};

}  // namespace greffe
