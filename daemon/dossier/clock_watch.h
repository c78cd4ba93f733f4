// SPDX-License-Identifier: Apache-2.0
// Notices when somebody sets the wall clock: it then moved otherwise than the monotonic clock did. What is
// due after a while, not at a date, has to be moved along.
//
// Not thread-safe.
#pragma once

#include "base/clock.h"

namespace greffe {

class ClockWatch {
public:
    explicit ClockWatch(const Clock& clock) : clock_(clock), wall_(clock.wall()), steady_(clock.steady()) {}

    // By how much the wall clock jumped since the last look; zero for less than two seconds, which a clock
    // that is kept right by small steps may do.
    std::chrono::milliseconds look() {
        using std::chrono::milliseconds;
        const WallTime wall = clock_.wall();
        const SteadyTime steady = clock_.steady();
        const milliseconds jump = (wall - wall_) - std::chrono::duration_cast<milliseconds>(steady - steady_);
        wall_ = wall;
        steady_ = steady;
        return jump < kSmallest && jump > -kSmallest ? milliseconds(0) : jump;
    }

private:
    static constexpr std::chrono::milliseconds kSmallest{2'000};

    const Clock& clock_;
    WallTime wall_;
    SteadyTime steady_;
};

}  // namespace greffe
