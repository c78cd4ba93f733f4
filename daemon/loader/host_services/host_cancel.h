// SPDX-License-Identifier: Apache-2.0
// "cancel/1": a flag that the worker's heartbeat thread sets, and the progress that it reads.
//
// Thread-safe: the plugin's thread and the heartbeat's meet here and nowhere else.
#pragma once

#include <greffe/host.h>

#include <atomic>

namespace greffe {

class HostCancel final : public CancelService {
public:
    bool isCancelled() noexcept override {
        asked_.fetch_add(1, std::memory_order_relaxed);
        return isCancelled_.load(std::memory_order_acquire);
    }
    void progressed(std::uint64_t done, std::uint64_t total) noexcept override {
        done_.store(done, std::memory_order_relaxed);
        total_.store(total, std::memory_order_relaxed);
        beats_.fetch_add(1, std::memory_order_relaxed);
    }

    void cancel() { isCancelled_.store(true, std::memory_order_release); }
    // Before each call.
    void begin() {
        isCancelled_.store(false, std::memory_order_release);
        done_ = total_ = 0;
    }

    std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }
    std::uint64_t total() const { return total_.load(std::memory_order_relaxed); }
    // Grows with every progressed(): what the step's progress watch compares.
    std::uint64_t beats() const { return beats_.load(std::memory_order_relaxed); }
    // How often the plugin asked, since the process began.
    std::uint64_t asked() const { return asked_.load(std::memory_order_relaxed); }

private:
    std::atomic<bool> isCancelled_{false};
    std::atomic<std::uint64_t> done_{0}, total_{0}, beats_{0}, asked_{0};
};

}  // namespace greffe
