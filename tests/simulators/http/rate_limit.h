// SPDX-License-Identifier: Apache-2.0
// So many calls a minute and so many an hour. A window begins with its first call and lasts its length: the
// vendors do not say how theirs move, and this kind is the one that a test can predict.
//
// Thread-safe.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <mutex>
#include <vector>

namespace greffe::simulators {

class RateLimit {
public:
    struct Window {
        std::chrono::seconds length{60};
        int limit = 0;  // calls; 0 for no limit
    };
    explicit RateLimit(std::vector<Window> windows);

    struct State {
        int limit = 0;
        int remaining = 0;
        std::chrono::seconds resetIn{0};  // until the window is empty again; rounded up
    };
    struct Verdict {
        bool isAllowed = true;
        std::vector<State> windows;  // in the order given
        std::size_t tightest = 0;    // the one with the fewest calls left, the longest of several
    };
    // Counts one call; a refused one is not counted.
    Verdict count(WallTime now);
    void reset();

private:
    struct Counter {
        Window window;
        WallTime start{};
        int used = 0;
    };
    std::mutex mutex_;
    std::vector<Counter> counters_;
};

}  // namespace greffe::simulators
