// SPDX-License-Identifier: Apache-2.0
// Ends the probe when a call into the plugin takes too long. A thread and not a timer signal: the plugin must
// find the signals as they were, and may block them.
#pragma once

#include "conformance/findings.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace greffe::conformance {

class Watchdog {
public:
    explicit Watchdog(FindingWriter& out);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    // Announces a call; the process ends if the next arm() or rest() is later than `limit`.
    void arm(const std::string& what, std::chrono::milliseconds limit);
    void rest();

private:
    void watch();

    FindingWriter& out_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::chrono::steady_clock::time_point due_ = std::chrono::steady_clock::time_point::max();
    bool isStopping_ = false;
    std::thread thread_;
};

}  // namespace greffe::conformance
