// SPDX-License-Identifier: Apache-2.0
#include "app/commit_figures.h"

#include "base/json.h"

#include <algorithm>

namespace greffe {

void CommitFigures::add(std::size_t works, std::int64_t micros) {
    const std::scoped_lock lock(mutex_);
    ++commits_;
    works_ += works;
    largestBatch_ = std::max<std::uint64_t>(largestBatch_, works);
    micros_ += micros;
    for (std::size_t i = 0; i < kUpToMicros.size(); ++i)
        if (micros <= kUpToMicros[i]) ++within_[i];
}

Json CommitFigures::json() const {
    const std::scoped_lock lock(mutex_);
    Json buckets = Json::array();
    for (std::size_t i = 0; i < kUpToMicros.size(); ++i)
        buckets.push_back({{"up_to_us", kUpToMicros[i]}, {"count", within_[i]}});
    buckets.push_back({{"up_to_us", 0}, {"count", commits_}});
    return {{"commits", commits_},
            {"works", works_},
            {"largest_batch", largestBatch_},
            {"commit_us", micros_},
            {"commit_buckets", std::move(buckets)}};
}

}  // namespace greffe
