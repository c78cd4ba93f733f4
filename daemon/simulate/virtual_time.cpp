// SPDX-License-Identifier: Apache-2.0
#include "simulate/virtual_time.h"

#include <algorithm>

namespace greffe {

Timers::TimerId VirtualTime::callAt(SteadyTime at, std::function<void()> due) {
    const TimerId id = nextId_++;
    timers_.emplace(std::make_pair(at, id), std::move(due));
    times_.emplace(id, at);
    return id;
}

Timers::TimerId VirtualTime::callAfter(std::chrono::milliseconds delay, std::function<void()> due) {
    return callAt(steady() + delay, std::move(due));
}

void VirtualTime::cancel(TimerId id) {
    const auto found = times_.find(id);
    if (found == times_.end()) return;
    timers_.erase({found->second, id});
    times_.erase(found);
}

bool VirtualTime::runDue() {
    bool hasRun = false;
    // One after the other: a timer may cancel its neighbour, or put off something else.
    while (!timers_.empty() && timers_.begin()->first.first <= steady()) {
        auto first = timers_.extract(timers_.begin());
        times_.erase(first.key().second);
        first.mapped()();
        hasRun = true;
    }
    return hasRun;
}

bool VirtualTime::moveToNext(WallTime until) {
    auto by = std::max(until - wall(), std::chrono::milliseconds(0));
    const bool isTimerNext = !timers_.empty() && timers_.begin()->first.first - steady() <= by;
    if (isTimerNext)
        by = std::chrono::ceil<std::chrono::milliseconds>(
            std::max(timers_.begin()->first.first - steady(), SteadyTime::duration(0)));
    clock_.advance(by);
    return isTimerNext;
}

}  // namespace greffe
