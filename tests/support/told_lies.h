// SPDX-License-Identifier: Apache-2.0
// What a test tells the lying C library, in memory that both map.
#pragma once

#include <atomic>
#include <cstdint>

namespace greffe {

inline constexpr const char* kToldLiesVariable = "GREFFE_TOLD_LIES";

struct ToldLies {
    // Allocations so far; the failAt-th fails (0: none), and all later ones when failsForEver.
    std::atomic<std::uint64_t> allocations{0};
    std::atomic<std::uint64_t> failAt{0};
    std::atomic<int> failsForEver{0};
    // Writes to files and syncs say EIO while it is not 0; how often they did.
    std::atomic<int> diskFails{0};
    std::atomic<std::uint64_t> diskErrors{0};
    // Added to the wall clock; the monotonic clock tells the truth.
    std::atomic<std::int64_t> wallAheadSeconds{0};
};

}  // namespace greffe
