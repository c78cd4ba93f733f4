// SPDX-License-Identifier: Apache-2.0
// One thread that does what it is given, in order: the engine's disk work goes through one, so that its
// reactor never waits for a disk.
#pragma once

#include "base/bounded_queue.h"

#include <functional>
#include <thread>

namespace greffe {

class SerialThread {
public:
    explicit SerialThread(std::size_t queueCapacity = 4096)
        : queue_(queueCapacity), thread_([this] { run(); }) {}
    ~SerialThread() {
        queue_.close();
        thread_.join();
    }
    SerialThread(const SerialThread&) = delete;
    SerialThread& operator=(const SerialThread&) = delete;

    // Waits while the queue is full.
    void post(std::function<void()> work) { queue_.push(std::move(work)); }
    std::size_t waiting() const { return queue_.size(); }

private:
    void run() {
        for (;;) {
            const auto works = queue_.popSome(64);
            if (works.empty()) return;
            for (const auto& work : works)
                work();
        }
    }

    BoundedQueue<std::function<void()>> queue_;
    std::thread thread_;
};

}  // namespace greffe
