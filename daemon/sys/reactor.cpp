// SPDX-License-Identifier: Apache-2.0
#include "sys/reactor.h"

#include "base/invariant.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace greffe {

Reactor::Reactor() : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    GREFFE_INVARIANT(epoll_.valid() && wake_.valid());
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = wake_.get();
    GREFFE_INVARIANT(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) == 0);
}

Reactor::~Reactor() = default;

void Reactor::watch(int fd, std::uint32_t events, std::function<void(std::uint32_t)> ready) {
    const bool isKnown = watches_.count(fd) != 0;
    watches_[fd] = std::make_shared<Watch>(Watch{fd, std::move(ready)});
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    GREFFE_INVARIANT(epoll_ctl(epoll_.get(), isKnown ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0);
}

void Reactor::unwatch(int fd) {
    if (watches_.erase(fd) != 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Reactor::TimerId Reactor::callAt(SteadyTime at, std::function<void()> due) {
    const TimerId id = nextTimer_++;
    timers_.emplace(std::pair{at, id}, std::move(due));
    timerTimes_.emplace(id, at);
    return id;
}

Reactor::TimerId Reactor::callAfter(std::chrono::milliseconds delay, std::function<void()> due) {
    return callAt(std::chrono::steady_clock::now() + delay, std::move(due));
}

void Reactor::cancel(TimerId id) {
    const auto found = timerTimes_.find(id);
    if (found == timerTimes_.end()) return;
    timers_.erase({found->second, id});
    timerTimes_.erase(found);
}

void Reactor::post(std::function<void()> work) {
    bool mustWake = false;
    {
        const std::scoped_lock lock(mutex_);
        mustWake = posted_.empty();
        posted_.push_back(std::move(work));
    }
    if (mustWake) eventfd_write(wake_.get(), 1);
}

void Reactor::stop() {
    {
        const std::scoped_lock lock(mutex_);
        isStopping_ = true;
    }
    eventfd_write(wake_.get(), 1);
}

int Reactor::waitMs() const {
    if (timers_.empty()) return -1;
    const auto left = timers_.begin()->first.first - std::chrono::steady_clock::now();
    if (left <= SteadyTime::duration::zero()) return 0;
    // Rounded up: waking a fraction of a millisecond early would spin until the timer is due.
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

void Reactor::fireTimers() {
    const auto now = std::chrono::steady_clock::now();
    while (!timers_.empty() && timers_.begin()->first.first <= now) {
        auto node = timers_.extract(timers_.begin());
        timerTimes_.erase(node.key().second);
        node.mapped()();
    }
}

void Reactor::runPosted() {
    std::vector<std::function<void()>> work;
    {
        const std::scoped_lock lock(mutex_);
        work.swap(posted_);
    }
    for (auto& one : work)
        one();
}

void Reactor::run() {
    constexpr int kMostEvents = 64;
    epoll_event events[kMostEvents];
    for (;;) {
        runPosted();
        {
            const std::scoped_lock lock(mutex_);
            if (isStopping_ && posted_.empty()) {
                isStopping_ = false;  // it may run again
                return;
            }
            if (!posted_.empty()) continue;
        }
        const int count = epoll_wait(epoll_.get(), events, kMostEvents, waitMs());
        GREFFE_INVARIANT(count >= 0 || errno == EINTR);
        for (int i = 0; i < count; ++i) {
            if (events[i].data.fd == wake_.get()) {
                eventfd_t ignored = 0;
                eventfd_read(wake_.get(), &ignored);
                continue;
            }
            // Found anew for each event: a handler before may have removed it. Kept alive while it runs.
            const auto found = watches_.find(events[i].data.fd);
            if (found == watches_.end()) continue;
            const std::shared_ptr<Watch> watch = found->second;
            watch->ready(events[i].events);
        }
        fireTimers();
    }
}

}  // namespace greffe
