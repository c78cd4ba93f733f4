// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/heartbeat.h"

#include "workers/call.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace greffe {

Heartbeat::Heartbeat(const MessageSocket& socket, std::uint32_t generation, std::chrono::milliseconds period,
                     HostCancel& progress)
    : socket_(socket),
      generation_(generation),
      period_(period),
      progress_(progress),
      statm_(open("/proc/self/statm", O_RDONLY | O_CLOEXEC)),
      thread_([this] { run(); }) {}

Heartbeat::~Heartbeat() {
    {
        const std::scoped_lock lock(mutex_);
        isStopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Heartbeat::stepBegins(std::uint64_t callId) {
    bool mustWake = false;
    {
        const std::scoped_lock lock(mutex_);
        call_ = callId;
        mustWake = std::exchange(isAsleep_, false);
    }
    if (mustWake) changed_.notify_one();
}

void Heartbeat::stepEnds() {
    const std::scoped_lock lock(mutex_);
    call_ = 0;
}

std::uint64_t Heartbeat::residentBytes() const {
    char text[128] = {};
    if (pread(statm_.get(), text, sizeof text - 1, 0) <= 0) return 0;
    char* end = nullptr;
    std::strtoull(text, &end, 10);
    return std::strtoull(end, nullptr, 10) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void Heartbeat::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        // Said anew each time around: a step that was over before this thread woke left it false, and none
        // would ever wake it again.
        while (!isStopping_ && call_ == 0) {
            isAsleep_ = true;
            changed_.wait(lock);
        }
        isAsleep_ = false;
        if (isStopping_) return;
        do {
            if (changed_.wait_for(lock, period_, [this] { return isStopping_; })) return;
            if (call_ == 0) break;
            const std::uint64_t call = call_;
            lock.unlock();
            const std::string body = fmt::format(R"({{"call":{},"done":{},"total":{},"rss":{}}})", call,
                                                 progress_.done(), progress_.total(), residentBytes());
            static_cast<void>(socket_.send(static_cast<std::uint16_t>(Frame::Beat), generation_, body));
            lock.lock();
        } while (call_ != 0);
    }
}

}  // namespace greffe
