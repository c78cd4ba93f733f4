// SPDX-License-Identifier: Apache-2.0
// How long things took, in buckets, as OpenMetrics wants histograms: cumulative, with their sum. Not
// thread-safe.
#pragma once

#include "base/json_fwd.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace greffe {

class DurationHistogram {
public:
    // Upper bounds in microseconds, rising; what is longer than the last counts in "any".
    explicit DurationHistogram(std::vector<std::int64_t> upToMicros)
        : upToMicros_(std::move(upToMicros)), within_(upToMicros_.size()) {}

    void add(std::int64_t micros);
    std::uint64_t count() const { return count_; }
    std::int64_t sumMicros() const { return sumMicros_; }
    // [{"up_to_us" (0: any), "count" (cumulative)}]
    Json buckets() const;

private:
    std::vector<std::int64_t> upToMicros_;
    std::vector<std::uint64_t> within_;
    std::uint64_t count_ = 0;
    std::int64_t sumMicros_ = 0;
};

}  // namespace greffe
