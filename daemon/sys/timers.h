// SPDX-License-Identifier: Apache-2.0
// Work for later. The engine's timers run on its reactor; a simulation's on a time of its own, so that a
// month passes at once.
//
// One thread: the one on which the work runs.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <functional>

namespace greffe {

class Timers {
public:
    using TimerId = std::uint64_t;  // never 0

    virtual ~Timers() = default;
    // Calls `due` once, not before `at` (monotonic).
    virtual TimerId callAt(SteadyTime at, std::function<void()> due) = 0;
    virtual TimerId callAfter(std::chrono::milliseconds delay, std::function<void()> due) = 0;
    virtual void cancel(TimerId id) = 0;  // an id that fired or never was is fine
};

}  // namespace greffe
