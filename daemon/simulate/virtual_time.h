// SPDX-License-Identifier: Apache-2.0
// The time of a simulation: it stands still until it is moved, and everything that was put off until then
// comes due on the way, in its order.
//
// One thread.
#pragma once

#include "sys/timers.h"

#include <map>
#include <optional>
#include <utility>

namespace greffe {

class VirtualTime final : public Clock, public Timers {
public:
    explicit VirtualTime(WallTime start) : clock_(start) {}

    WallTime wall() const override { return clock_.wall(); }
    SteadyTime steady() const override { return clock_.steady(); }

    TimerId callAt(SteadyTime at, std::function<void()> due) override;
    TimerId callAfter(std::chrono::milliseconds delay, std::function<void()> due) override;
    void cancel(TimerId id) override;

    // Runs everything that is due now. Whether there was anything.
    bool runDue();
    // Moves to the moment of the next timer, or to `until` when nothing is due before it. Whether a timer is
    // due now.
    bool moveToNext(WallTime until);
    // The administrator sets the date: nothing comes due by that alone.
    void jumpWall(std::chrono::milliseconds by) { clock_.jumpWall(by); }

private:
    ManualClock clock_;
    TimerId nextId_ = 1;
    std::map<std::pair<SteadyTime, TimerId>, std::function<void()>> timers_;
    std::map<TimerId, SteadyTime> times_;
};

}  // namespace greffe
