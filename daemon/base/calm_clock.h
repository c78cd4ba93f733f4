// SPDX-License-Identifier: Apache-2.0
// A wall clock that does not believe every jump. Deadlines of days and retries of seconds are dates in the
// journal; without this a date that was mistyped, or a time server gone mad, would expire all of them at
// once, and setting it right again would not bring them back.
//
// A step of up to two seconds is followed at once. A larger one, forward or back, is not believed until it
// has lasted a quarter of an hour; until then time is counted on from before it by the monotonic clock. A
// process believes the date that it starts with.
//
// Any thread.
#pragma once

#include "base/clock.h"

#include <mutex>
#include <optional>

namespace greffe {

class CalmClock final : public Clock {
public:
    static constexpr std::chrono::seconds kSmallStep{2};
    static constexpr std::chrono::minutes kBelievedAfter{15};

    explicit CalmClock(const Clock& clock = systemClock());

    WallTime wall() const override;
    SteadyTime steady() const override { return clock_.steady(); }
    std::optional<ClockDoubt> doubt() const override;

private:
    struct Moment {
        WallTime believed;
        std::optional<ClockDoubt> doubt;
    };
    Moment look() const;

    struct Doubt {
        std::chrono::milliseconds jump;
        SteadyTime since;
    };

    const Clock& clock_;
    mutable std::mutex mutex_;
    mutable WallTime wall_;      // believed …
    mutable SteadyTime steady_;  // … at this moment
    mutable std::optional<Doubt> doubt_;
};

}  // namespace greffe
