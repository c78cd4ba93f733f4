// SPDX-License-Identifier: Apache-2.0
// How the journal's commits went since the start. Written by its thread, read by any.
#pragma once

#include "base/duration_histogram.h"

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
    mutable std::mutex mutex_;
    std::uint64_t works_ = 0, largestBatch_ = 0;
    DurationHistogram took_{{1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000}};
};

}  // namespace greffe
