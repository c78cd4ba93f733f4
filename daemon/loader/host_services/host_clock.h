// SPDX-License-Identifier: Apache-2.0
// "clock/1" over the daemon's own Clock, so that a simulation's plugins live in virtual time too.
#pragma once

#include "base/clock.h"

#include <greffe/host.h>

namespace greffe {

class HostClock final : public ClockService {
public:
    explicit HostClock(const Clock& clock = systemClock()) : clock_(clock) {}

    std::int64_t unixMs() noexcept override { return toUnixMs(clock_.wall()); }
    std::int64_t monotonicMs() noexcept override {
        return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady().time_since_epoch())
            .count();
    }

private:
    const Clock& clock_;
};

}  // namespace greffe
