// SPDX-License-Identifier: Apache-2.0
#include "simulators/simulated_clock.h"

#include <fmt/chrono.h>

namespace greffe::simulators {
namespace {

std::tm utcParts(WallTime time) {
    const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    return fmt::gmtime(seconds);
}

}  // namespace

SimulatedClock::SimulatedClock() : steadyStart_(systemClock().steady()), wallStart_(systemClock().wall()) {}

WallTime SimulatedClock::nowLocked() const {
    const std::chrono::duration<double, std::milli> passed = systemClock().steady() - steadyStart_;
    return wallStart_ + std::chrono::milliseconds(static_cast<std::int64_t>(passed.count() * speed_));
}

WallTime SimulatedClock::now() const {
    const std::scoped_lock lock(mutex_);
    return nowLocked();
}

void SimulatedClock::advance(std::chrono::milliseconds by) {
    const std::scoped_lock lock(mutex_);
    wallStart_ += by;
}

void SimulatedClock::setAhead(std::chrono::milliseconds by) {
    const std::scoped_lock lock(mutex_);
    steadyStart_ = systemClock().steady();
    wallStart_ = systemClock().wall() + by;
}

std::chrono::milliseconds SimulatedClock::ahead() const {
    const std::scoped_lock lock(mutex_);
    return std::chrono::duration_cast<std::chrono::milliseconds>(nowLocked() - systemClock().wall());
}

void SimulatedClock::setSpeed(double speed) {
    const std::scoped_lock lock(mutex_);
    wallStart_ = nowLocked();
    steadyStart_ = systemClock().steady();
    speed_ = speed;
}

std::string rfc3339(WallTime time, const std::string& zone) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}{}", utcParts(time), zone);
}

std::string httpDate(WallTime time) {
    return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", utcParts(time));
}

}  // namespace greffe::simulators
