// SPDX-License-Identifier: Apache-2.0
#include "conformance/watchdog.h"

#include "conformance/probe.h"

#include <unistd.h>

namespace greffe::conformance {

Watchdog::Watchdog(FindingWriter& out) : out_(out), thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
    {
        const std::scoped_lock lock(mutex_);
        isStopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Watchdog::arm(const std::string& what, std::chrono::milliseconds limit) {
    out_.doing(what);
    const std::scoped_lock lock(mutex_);
    due_ = std::chrono::steady_clock::now() + limit;
    changed_.notify_one();
}

void Watchdog::rest() {
    const std::scoped_lock lock(mutex_);
    due_ = std::chrono::steady_clock::time_point::max();
    changed_.notify_one();
}

void Watchdog::watch() {
    std::unique_lock lock(mutex_);
    while (!isStopping_) {
        if (std::chrono::steady_clock::now() >= due_) ::_exit(kTimeoutExitCode);
        // wait_until(max) overflows in some libraries' arithmetic.
        if (due_ == std::chrono::steady_clock::time_point::max())
            changed_.wait(lock);
        else
            changed_.wait_until(lock, due_);
    }
}

}  // namespace greffe::conformance
