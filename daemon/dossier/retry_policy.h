// SPDX-License-Identifier: Apache-2.0
// When a step that failed for a passing reason is tried again: exponential backoff with full jitter (the
// delay is drawn evenly between nothing and the ceiling), so that a thousand dossiers do not come back to a
// sick server in one second.
#pragma once

#include "config/plan.h"

#include <chrono>
#include <cstdint>
#include <random>

namespace greffe {

class RetryDelays {
public:
    explicit RetryDelays(std::uint64_t seed) : random_(seed) {}

    // After the `failed`-th attempt (1 is the first). `asked`: what the service asked for (Retry-After);
    // never less than that, spread over a tenth of it.
    std::chrono::milliseconds next(const RetryPolicy& policy, std::int32_t failed,
                                   std::chrono::seconds asked);

private:
    std::mt19937_64 random_;
};

}  // namespace greffe
