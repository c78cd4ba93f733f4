// SPDX-License-Identifier: Apache-2.0
#include "simulators/http/rate_limit.h"

#include <algorithm>
#include <limits>

namespace greffe::simulators {

RateLimit::RateLimit(std::vector<Window> windows) {
    for (const Window& window : windows)
        counters_.push_back({window, {}, 0});
}

RateLimit::Verdict RateLimit::count(WallTime now) {
    const std::scoped_lock lock(mutex_);
    Verdict verdict;
    for (Counter& each : counters_) {
        // A clock that was set back begins a new window, too.
        if (each.used == 0 || now < each.start || now >= each.start + each.window.length) {
            each.start = now;
            each.used = 0;
        }
        if (each.window.limit > 0 && each.used >= each.window.limit) verdict.isAllowed = false;
    }
    for (Counter& each : counters_) {
        if (verdict.isAllowed) ++each.used;
        verdict.windows.push_back(
            {each.window.limit, std::max(0, each.window.limit - each.used),
             std::chrono::ceil<std::chrono::seconds>(each.start + each.window.length - now)});
    }
    const auto left = [&](std::size_t i) {
        const State& window = verdict.windows[i];
        return window.limit > 0 ? window.remaining : std::numeric_limits<int>::max();
    };
    for (std::size_t i = 1; i < verdict.windows.size(); ++i)
        if (left(i) <= left(verdict.tightest)) verdict.tightest = i;
    return verdict;
}

void RateLimit::reset() {
    const std::scoped_lock lock(mutex_);
    for (Counter& each : counters_)
        each.used = 0;
}

}  // namespace greffe::simulators
