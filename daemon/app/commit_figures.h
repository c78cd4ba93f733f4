// SPDX-License-Identifier: Apache-2.0
// How the journal's commits went since the start. Written by its thread, read by any.
#pragma once

#include "base/json_fwd.h"

#include <array>
#include <cstdint>
#include <mutex>

namespace greffe {

class CommitFigures {
public:
    void add(std::size_t works, std::int64_t micros);
    // {"commits", "works", "largest_batch", "commit_us", "commit_buckets": [{"up_to_us" (0: any), "count"
    // (cumulative)}]}
    Json json() const;

private:
    static constexpr std::array<std::int64_t, 9> kUpToMicros = {1'000,  2'500,   5'000,   10'000,   25'000,
                                                                50'000, 100'000, 250'000, 1'000'000};

    mutable std::mutex mutex_;
    std::uint64_t commits_ = 0, works_ = 0, largestBatch_ = 0;
    std::int64_t micros_ = 0;
    std::array<std::uint64_t, kUpToMicros.size()> within_{};
};

}  // namespace greffe
