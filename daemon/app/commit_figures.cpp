// SPDX-License-Identifier: Apache-2.0
#include "app/commit_figures.h"

#include "base/json.h"

#include <algorithm>

namespace greffe {

void CommitFigures::add(std::size_t works, std::int64_t micros) {
    const std::scoped_lock lock(mutex_);
    works_ += works;
    largestBatch_ = std::max<std::uint64_t>(largestBatch_, works);
    took_.add(micros);
}

Json CommitFigures::json() const {
    const std::scoped_lock lock(mutex_);
    return {{"commits", took_.count()},
            {"works", works_},
            {"largest_batch", largestBatch_},
            {"commit_us", took_.sumMicros()},
            {"commit_buckets", took_.buckets()}};
}

}  // namespace greffe
