// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <fmt/format.h>

#include <ctime>

namespace greffe {
namespace {

class SystemClock final : public Clock {
public:
    WallTime wall() const override {
        return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
    SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

const Clock& systemClock() {
    static const SystemClock clock;
    return clock;
}

std::int64_t toUnixMs(WallTime time) {
    return time.time_since_epoch().count();
}

WallTime fromUnixMs(std::int64_t unixMs) {
    return WallTime(std::chrono::milliseconds(unixMs));
}

std::string formatUtc(WallTime time) {
    const std::int64_t ms = toUnixMs(time);
    std::int64_t seconds = ms / 1000;
    std::int64_t millis = ms % 1000;
    if (millis < 0) {
        millis += 1000;
        --seconds;
    }
    const auto value = static_cast<std::time_t>(seconds);
    std::tm utc{};
    gmtime_r(&value, &utc);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                       utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, millis);
}

}  // namespace greffe
