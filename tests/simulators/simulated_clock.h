// SPDX-License-Identifier: Apache-2.0
// The time that a simulated service believes in: the machine's, shifted and sped up. A retry that is due in
// two days is seen by a test at once; a service whose clock is ten minutes wrong is one call away.
//
// Thread-safe.
#pragma once

#include "base/clock.h"

#include <mutex>

namespace greffe::simulators {

class SimulatedClock {
public:
    SimulatedClock();

    WallTime now() const;
    // Ahead, or back with a negative value. What is due at the new time happens soon after.
    void advance(std::chrono::milliseconds by);
    // Before the machine's time by so much, or behind it; how much that is now.
    void setAhead(std::chrono::milliseconds by);
    std::chrono::milliseconds ahead() const;
    // Seconds of the service to one of the machine; above 0.
    void setSpeed(double speed);

private:
    WallTime nowLocked() const;

    mutable std::mutex mutex_;
    SteadyTime steadyStart_;
    WallTime wallStart_;
    double speed_ = 1;
};

// RFC 3339 in whole seconds, "2026-01-01T00:00:00" followed by `zone` ("Z" or "+00:00").
std::string rfc3339(WallTime time, const std::string& zone);
// Of an HTTP Date header.
std::string httpDate(WallTime time);

}  // namespace greffe::simulators
