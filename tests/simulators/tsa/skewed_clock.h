// SPDX-License-Identifier: Apache-2.0
// The time that an authority believes in: the machine's and so many seconds. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>

namespace greffe::simulators {

class SkewedClock {
public:
    // Seconds of Unix.
    std::int64_t nowUnix() const { return std::time(nullptr) + skewSeconds_; }
    std::int64_t skewSeconds() const { return skewSeconds_; }
    void set(std::int64_t skewSeconds) { skewSeconds_ = skewSeconds; }
    void advance(std::int64_t seconds) { skewSeconds_ += seconds; }

private:
    std::atomic<std::int64_t> skewSeconds_{0};
};

}  // namespace greffe::simulators
