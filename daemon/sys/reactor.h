// SPDX-License-Identifier: Apache-2.0
// One thread's event loop: descriptors, timers, and work posted by other threads. It sleeps until one of them
// is due; an idle reactor never wakes up.
//
// Everything but post() and stop() belongs to the thread that calls run().
#pragma once

#include "sys/timers.h"
#include "sys/unique_fd.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace greffe {

class Reactor final : public Timers {
public:
    Reactor();
    ~Reactor() override;
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    // Calls `ready` with the epoll event bits while `fd` is watched. The descriptor stays the caller's;
    // unwatch it first.
    void watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready);
    void unwatch(int fd);

    TimerId callAt(SteadyTime at, std::function<void()> due) override;
    TimerId callAfter(std::chrono::milliseconds delay, std::function<void()> due) override;
    void cancel(TimerId id) override;

    // Any thread: runs `work` on the reactor's thread, in order.
    void post(std::function<void()> work);

    void run();
    // Any thread: run() returns after the work at hand.
    void stop();

private:
    struct Watch {
        int fd;
        std::function<void(std::uint32_t)> ready;
    };

    int waitMs() const;
    void fireTimers();
    void runPosted();

    UniqueFd epoll_;
    UniqueFd wake_;
    std::map<int, std::shared_ptr<Watch>> watches_;
    std::map<std::pair<SteadyTime, TimerId>, std::function<void()>> timers_;
    std::map<TimerId, SteadyTime> timerTimes_;
    TimerId nextTimer_ = 1;

    std::mutex mutex_;
    std::vector<std::function<void()>> posted_;
    bool isStopping_ = false;
};

}  // namespace greffe
