// SPDX-License-Identifier: Apache-2.0
#include "base/duration_histogram.h"

#include "base/json.h"

namespace greffe {

void DurationHistogram::add(std::int64_t micros) {
    ++count_;
    sumMicros_ += micros;
    for (std::size_t i = 0; i < upToMicros_.size(); ++i)
        if (micros <= upToMicros_[i]) ++within_[i];
}

Json DurationHistogram::buckets() const {
    Json buckets = Json::array();
    for (std::size_t i = 0; i < upToMicros_.size(); ++i)
        buckets.push_back({{"up_to_us", upToMicros_[i]}, {"count", within_[i]}});
    buckets.push_back({{"up_to_us", 0}, {"count", count_}});
    return buckets;
}

}  // namespace greffe
