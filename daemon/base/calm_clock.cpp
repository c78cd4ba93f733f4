// SPDX-License-Identifier: Apache-2.0
#include "base/calm_clock.h"

namespace greffe {
namespace {

bool isSmall(std::chrono::milliseconds step) {
    return step <= CalmClock::kSmallStep && step >= -CalmClock::kSmallStep;
}

}  // namespace

CalmClock::CalmClock(const Clock& clock) : clock_(clock), wall_(clock.wall()), steady_(clock.steady()) {}

WallTime CalmClock::wall() const {
    return look().believed;
}

std::optional<ClockDoubt> CalmClock::doubt() const {
    return look().doubt;
}

CalmClock::Moment CalmClock::look() const {
    const std::scoped_lock lock(mutex_);
    const WallTime told = clock_.wall();
    const SteadyTime now = clock_.steady();
    const WallTime counted = wall_ + std::chrono::duration_cast<std::chrono::milliseconds>(now - steady_);
    const std::chrono::milliseconds jump = told - counted;
    if (!isSmall(jump)) {
        if (!doubt_ || !isSmall(jump - doubt_->jump)) doubt_ = Doubt{jump, now};
        const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(now - doubt_->since);
        if (lasted < kBelievedAfter) return {counted, ClockDoubt{jump, kBelievedAfter - lasted}};
    }
    doubt_.reset();
    wall_ = told;
    steady_ = now;
    return {told, std::nullopt};
}

}  // namespace greffe
