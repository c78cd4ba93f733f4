// SPDX-License-Identifier: Apache-2.0
// Long work of the control room (a backup, a reload), each on a thread of its own, a few at once: the thread
// that serves clients never waits.
//
// start() is one thread's. The destructor asks all to stop and waits for them.
#pragma once

#include "base/result.h"

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <thread>

namespace greffe {

class BackgroundJobs {
public:
    explicit BackgroundJobs(std::size_t mostAtOnce) : mostAtOnce_(mostAtOnce) {}
    ~BackgroundJobs();
    BackgroundJobs(const BackgroundJobs&) = delete;
    BackgroundJobs& operator=(const BackgroundJobs&) = delete;

    // Errc::Busy when as many as may are under way. `isStopping` becomes true when the work should end early.
    Status start(std::function<void(const std::atomic<bool>& isStopping)> work);

private:
    struct Job {
        std::atomic<bool> isDone{false};
        std::thread thread;
    };

    const std::size_t mostAtOnce_;
    std::atomic<bool> isStopping_{false};
    std::list<std::unique_ptr<Job>> jobs_;
};

}  // namespace greffe
