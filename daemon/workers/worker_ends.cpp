// SPDX-License-Identifier: Apache-2.0
// How a worker ends, what becomes of the calls it had, and when another one is started.
#include "workers/pool_worker.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr int kFailuresBeforeDegraded = 3;
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr int kMostDoublings = 8;               // 25.6 s, of workers that do not come up
constexpr int kMostDoublingsBetweenDeaths = 4;  // 1.6 s, of workers that die on their first call

}  // namespace

void WorkerPool::finishIdle(Worker& worker) {
    if (worker.mustRecycle || isDraining_) {
        // Asked, not killed: it cleans its plugins up.
        worker.state = Worker::State::Ending;
        static_cast<void>(
            worker.process.socket().send(static_cast<std::uint16_t>(Frame::Stop), worker.generation, "{}"));
        worker.graceTimer = reactor_.callAfter(spec_.termGrace, [&worker] { worker.process.kill(); });
        return;
    }
    worker.idleTimer = reactor_.callAfter(spec_.idleStop, [this, &worker] {
        if (worker.state != Worker::State::Idle) return;
        worker.mustRecycle = true;
        finishIdle(worker);
    });
}

void WorkerPool::endWorker(Worker& worker, Reason blame, const std::string& why) {
    if (worker.state == Worker::State::Ending) {
        worker.process.kill();
        return;
    }
    if (worker.state == Worker::State::Starting) throttle(why);
    worker.state = Worker::State::Ending;
    worker.blame = blame;
    worker.why = why;
    worker.process.kill();  // the pidfd brings it to workerGone
}

void WorkerPool::workerGone(Worker& worker) {
    // What it said before it died still counts, all of it: a dead process adds nothing.
    while ((worker.state == Worker::State::Busy || worker.state == Worker::State::Starting) &&
           receiveFrom(worker)) {
    }
    readStderr(worker);
    for (const auto timer :
         {worker.startTimer, worker.deadlineTimer, worker.graceTimer, worker.beatTimer, worker.idleTimer})
        reactor_.cancel(timer);
    reactor_.unwatch(worker.process.pidFd());
    reactor_.unwatch(worker.process.stderrFd());
    reactor_.unwatch(worker.process.socket().fd());
    const WorkerEnd end = worker.process.reap();
    const bool wasAsked = worker.state == Worker::State::Ending && worker.why.empty();
    const std::string cause = worker.why.empty() ? end.text() : worker.why;
    if (worker.state == Worker::State::Starting) throttle(cause);
    const bool isNoWonder = !worker.inFlight.empty() && worker.inFlight.front().request.isSuspect;
    if (!wasAsked && worker.hasBegun && worker.callsDone == 0 && !isNoWonder) slowDown(cause);
    if (!wasAsked) {
        ++restarts_[std::string(reasonCode(worker.blame))];
        if (events_.workerEnded) events_.workerEnded(spec_.name, cause);
    }
    settleInFlight(worker, worker.blame, cause);
    workers_.remove_if([&](const std::unique_ptr<Worker>& held) { return held.get() == &worker; });
    dispatch();
    notifyStopped();
}

void WorkerPool::settleInFlight(Worker& worker, Reason blame, const std::string& cause) {
    std::vector<PendingCall> calls = std::move(worker.inFlight);
    worker.inFlight.clear();
    if (calls.size() > 1) {
        // Which of them killed it is not known, and what the worker said about it would not be believed: each
        // is tried alone, first in the queue.
        for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
            call->mustRunAlone = true;
            queue_.push_front(std::move(*call));
        }
        return;
    }
    for (PendingCall& call : calls) {
        CallOutcome outcome;
        outcome.verdict = call.isReplayable ? Verdict::RetryLater : Verdict::Uncertain;
        outcome.reason = blame;
        outcome.explanation = fmt::format("worker of pool {}: {}", spec_.name, cause);
        outcome.hasCrashed = true;
        // Posted: the receiver may submit to this pool, which is being changed.
        reactor_.post([done = std::move(call.done), outcome = std::move(outcome)]() mutable {
            done(std::move(outcome));
        });
    }
}

bool WorkerPool::isDegraded() const {
    return std::max(failedStarts_, deathsOnFirstCall_) >= kFailuresBeforeDegraded;
}

// Workers that do not come up: after a few, what waits is told so instead of waiting on.
void WorkerPool::throttle(const std::string& trouble) {
    pauseAfter(++failedStarts_, kMostDoublings, trouble);
    if (failedStarts_ >= kFailuresBeforeDegraded) failQueue(trouble);
}

// Workers that come up and die on the first thing they do: something is wrong beside the document at hand,
// and without a pause the machine would do nothing but start processes. What waits is still tried, one by
// one: the pool may be good for it. The pauses stay short: a thousand bad documents beside good ones look the
// same from here, and the good ones wait behind them.
void WorkerPool::slowDown(const std::string& trouble) {
    pauseAfter(++deathsOnFirstCall_, kMostDoublingsBetweenDeaths, trouble);
}

void WorkerPool::pauseAfter(int failures, int mostDoublings, const std::string& trouble) {
    const auto pause = kFirstPause * (1 << std::min(failures - 1, mostDoublings));
    noStartBefore_ = std::chrono::steady_clock::now() + pause;
    const bool isNew = trouble_ != trouble;
    trouble_ = trouble;
    if (failures > kFailuresBeforeDegraded ? isNew : failures == kFailuresBeforeDegraded)
        if (events_.degradedChanged) events_.degradedChanged(spec_.name, true, trouble);
}

void WorkerPool::failQueue(const std::string& trouble) {
    // Nobody waits for a pool that does not come up: the steps retry on their own schedule, visibly.
    std::deque<PendingCall> calls = std::move(queue_);
    queue_.clear();
    for (PendingCall& call : calls) {
        CallOutcome outcome;
        outcome.verdict = Verdict::RetryLater;
        outcome.reason = Reason::PluginMissing;
        outcome.explanation = fmt::format("pool {} is degraded: {}", spec_.name, trouble);
        reactor_.post([done = std::move(call.done), outcome = std::move(outcome)]() mutable {
            done(std::move(outcome));
        });
    }
}

}  // namespace greffe
