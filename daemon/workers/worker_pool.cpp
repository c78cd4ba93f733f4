// SPDX-License-Identifier: Apache-2.0
// Who works: the queue, and workers for what is in it. What is said with one of them is in worker_talk.cpp,
// how it ends in worker_ends.cpp.
#include "workers/pool_worker.h"

#include <sys/epoll.h>

namespace greffe {
WorkerPool::WorkerPool(Reactor& reactor, PoolSpec spec, PoolEvents events)
    : reactor_(reactor), spec_(std::move(spec)), events_(std::move(events)) {}

WorkerPool::~WorkerPool() {
    reactor_.cancel(retryTimer_);
    for (auto& worker : workers_) {
        for (const auto timer : {worker->startTimer, worker->deadlineTimer, worker->graceTimer,
                                 worker->beatTimer, worker->idleTimer})
            reactor_.cancel(timer);
        reactor_.unwatch(worker->process.pidFd());
        reactor_.unwatch(worker->process.stderrFd());
        if (worker->process.socket().valid()) reactor_.unwatch(worker->process.socket().fd());
        worker->process.kill();
        worker->process.reap();
    }
}

void WorkerPool::submit(CallRequest request, bool isReplayable, Done done) {
    const bool isSuspect = request.isSuspect;
    queue_.push_back({std::move(request), isReplayable, isSuspect, std::move(done)});
    dispatch();
}

void WorkerPool::dispatch() {
    for (auto& worker : workers_) {
        if (queue_.empty()) return;
        if (worker->state == Worker::State::Idle) execute(*worker);
    }
    if (queue_.empty() || isDraining_) return;
    std::size_t starting = 0;
    for (const auto& worker : workers_)
        if (worker->state == Worker::State::Starting) ++starting;
    // One more worker only when the ones coming up will not take the queue between them.
    if (workers_.size() >= spec_.maxWorkers || queue_.size() <= starting * kBatch) return;
    if (std::chrono::steady_clock::now() < noStartBefore_) {
        if (retryTimer_ == 0)
            retryTimer_ = reactor_.callAt(noStartBefore_, [this] {
                retryTimer_ = 0;
                dispatch();
            });
        return;
    }
    startWorker();
}

void WorkerPool::startWorker() {
    auto started = WorkerProcess::start(spec_.launch);
    if (!started) {
        throttle(started.error().text());
        dispatch();
        return;
    }
    workers_.push_back(std::make_unique<Worker>(std::move(*started), nextGeneration_++));
    Worker& worker = *workers_.back();
    reactor_.watch(worker.process.pidFd(), EPOLLIN, [this, &worker](std::uint32_t) { workerGone(worker); });
    reactor_.watch(worker.process.stderrFd(), EPOLLIN,
                   [this, &worker](std::uint32_t) { readStderr(worker); });
    reactor_.watch(worker.process.socket().fd(), EPOLLIN,
                   [this, &worker](std::uint32_t) { receiveFrom(worker); });
    worker.startTimer = reactor_.callAfter(spec_.startLimit, [this, &worker] {
        endWorker(worker, Reason::DeadlineExceeded, "no hello in time");
    });
    sendSetup(worker);
}

void WorkerPool::drain(std::function<void()> stopped) {
    isDraining_ = true;
    stopped_ = std::move(stopped);
    for (auto& worker : workers_) {
        if (worker->state == Worker::State::Idle) {
            reactor_.cancel(worker->idleTimer);
            finishIdle(*worker);
        } else if (worker->state == Worker::State::Starting) {
            endWorker(*worker, Reason::Cancelled, "stopping");
        }
    }
    notifyStopped();
}

void WorkerPool::notifyStopped() {
    if (!isDraining_ || !workers_.empty() || !stopped_) return;
    reactor_.post(std::exchange(stopped_, nullptr));
}

PoolStatus WorkerPool::status() const {
    PoolStatus status;
    for (const auto& worker : workers_) {
        switch (worker->state) {
            case Worker::State::Starting: ++status.starting; break;
            case Worker::State::Idle: ++status.idle; break;
            case Worker::State::Busy: ++status.busy; break;
            case Worker::State::Ending: break;
        }
    }
    status.queued = queue_.size();
    status.restarts = restarts_;
    status.isDegraded = isDegraded();
    status.walls = walls_;
    status.trouble = trouble_;
    return status;
}

}  // namespace greffe
