// SPDX-License-Identifier: Apache-2.0
// Time, in two kinds that must not be mixed: the wall clock for what people and documents say, the monotonic
// clock for how long something may take. A wall clock that jumps must never expire a wait or fire a retry
// early.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace greffe {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

// The machine's date jumped and is not believed yet.
struct ClockDoubt {
    std::chrono::milliseconds jump;   // machine's date minus wall()
    std::chrono::seconds believedIn;  // from now, if it stays
};

class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual SteadyTime steady() const = 0;
    // While there is one, nothing may be written that states the time to others (seals, one-time codes).
    virtual std::optional<ClockDoubt> doubt() const { return std::nullopt; }
};

// The machine's clocks.
const Clock& systemClock();

// Stands still until told otherwise. For tests and simulations.
class ManualClock final : public Clock {
public:
    explicit ManualClock(WallTime start) : wall_(start) {}

    WallTime wall() const override { return wall_; }
    SteadyTime steady() const override { return steady_; }

    void advance(std::chrono::milliseconds by) {
        wall_ += by;
        steady_ += by;
    }
    // The administrator sets the date: the monotonic clock does not move.
    void jumpWall(std::chrono::milliseconds by) { wall_ += by; }

private:
    WallTime wall_;
    SteadyTime steady_{};
};

std::int64_t toUnixMs(WallTime time);
WallTime fromUnixMs(std::int64_t unixMs);

// "2026-11-22T03:59:02.125Z" (RFC 3339, UTC, milliseconds).
std::string formatUtc(WallTime time);

}  // namespace greffe
