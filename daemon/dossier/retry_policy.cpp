// SPDX-License-Identifier: Apache-2.0
#include "dossier/retry_policy.h"

#include <algorithm>

namespace greffe {
namespace {

constexpr std::chrono::milliseconds kShortest{100};

}  // namespace

std::chrono::milliseconds RetryDelays::next(const RetryPolicy& policy, std::int32_t failed,
                                            std::chrono::seconds asked) {
    using std::chrono::milliseconds;
    const auto drawn = [this](milliseconds from, milliseconds to) {
        return milliseconds(
            std::uniform_int_distribution<std::int64_t>(from.count(), std::max(from, to).count())(random_));
    };
    if (asked.count() > 0) return drawn(asked, asked + asked / 10 + std::chrono::seconds(1));
    const int doublings = std::clamp(failed, 1, 21) - 1;
    const milliseconds ceiling = std::min<milliseconds>(
        std::chrono::seconds(policy.maxDelaySeconds),
        milliseconds(std::chrono::seconds(policy.firstDelaySeconds)) * (1LL << doublings));
    // Never at once, whatever the policy says: "nothing" would be a busy loop.
    return drawn(kShortest, std::max(ceiling, kShortest));
}

}  // namespace greffe
