// SPDX-License-Identifier: Apache-2.0
#include "store/journal.h"

#include "base/bounded_queue.h"
#include "base/failpoint.h"
#include "base/invariant.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace greffe {
namespace {

// Long enough that housekeeping never stands between two documents of one batch scan.
constexpr std::chrono::milliseconds kQuietAfter{500};
constexpr std::chrono::milliseconds kBetweenTriesWithoutRoom{1'000};

}  // namespace

class Journal::Loop {
public:
    Loop(Store& store, Options options)
        : store_(store),
          options_(std::move(options)),
          queue_(options_.queueCapacity),
          thread_([this] { run(); }) {}

    ~Loop() {
        waitForRoom(false);
        queue_.close();
        thread_.join();
    }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void submit(StoreWork work, std::function<void(Status)> done) {
        // From its own thread a full queue would wait for itself.
        GREFFE_INVARIANT(std::this_thread::get_id() != thread_.get_id());
        queue_.push(Submission{std::move(work), std::move(done)});
    }

    void waitForRoom(bool isToWait) {
        {
            const std::scoped_lock lock(waitMutex_);
            isToWait_ = isToWait;
        }
        waitChanged_.notify_all();
    }

    bool isStalled() const { return isStalled_; }

private:
    struct Submission {
        StoreWork work;
        std::function<void(Status)> done;
    };

    void run() {
        for (;;) {
            std::vector<Submission> batch = waitForBatch();
            if (batch.empty()) return;
            if (!broken_) commit(batch);
            if (broken_) answerAll(batch, *broken_);
        }
    }

    // Empty once closed and drained.
    std::vector<Submission> waitForBatch() {
        if (isRestless_) {
            if (std::optional<Submission> first = queue_.popFor(kQuietAfter)) {
                std::vector<Submission> batch = queue_.tryPopSome(options_.maxBatch - 1);
                batch.insert(batch.begin(), std::move(*first));
                return batch;
            }
            isRestless_ = false;
            if (!broken_) {
                if (Status rested = store_.whenQuiet(); !rested) breakDown(rested.error());
            }
        }
        return queue_.popSome(options_.maxBatch);
    }

    void commit(std::vector<Submission>& batch) {
        const auto started = std::chrono::steady_clock::now();
        isRestless_ = true;
        std::vector<StoreWork> works;
        works.reserve(batch.size());
        for (Submission& submission : batch)
            works.push_back(std::move(submission.work));

        auto statuses = makeDurable(works);
        const bool hadRoom = statuses || statuses.error().code != Errc::NoSpace;
        if (!hadRoom) statuses = commitWhenThereIsRoom(works, statuses.error());
        if (!statuses && statuses.error().code == Errc::NoSpace) return answerAll(batch, statuses.error());
        if (!statuses) return breakDown(statuses.error());
        GREFFE_INVARIANT(statuses->size() == batch.size());

        const auto took = std::chrono::steady_clock::now() - started;
        if (options_.onCommitted && hadRoom)  // a wait is no duration of a commit
            options_.onCommitted(batch.size(),
                                 std::chrono::duration_cast<std::chrono::microseconds>(took).count());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (batch[i].done) batch[i].done(std::move((*statuses)[i]));
        }
    }

    // Bytes first, rows second.
    Result<std::vector<Status>> makeDurable(const std::vector<StoreWork>& works) {
        GREFFE_FAILPOINT("journal.batch");
        if (options_.beforeCommit) {
            // Of these bytes nobody knows any more, whatever the reason: not to be mistaken for a full
            // journal.
            if (Status flushed = options_.beforeCommit(); !flushed) {
                Error error = flushed.error();
                if (error.code == Errc::NoSpace) error.code = Errc::Io;
                return error;
            }
        }
        return store_.commit(works);
    }

    // Neither given up nor tried as fast as it can: somebody has to make room.
    Result<std::vector<Status>> commitWhenThereIsRoom(const std::vector<StoreWork>& works,
                                                      const Error& noRoom) {
        Result<std::vector<Status>> statuses = noRoom;
        if (!mayWait()) return statuses;
        isStalled_ = true;
        if (options_.onStalled) options_.onStalled(&noRoom);
        while (!statuses && statuses.error().code == Errc::NoSpace && mayWaitFor(kBetweenTriesWithoutRoom))
            statuses = store_.commit(works);
        isStalled_ = false;
        if (statuses && options_.onStalled) options_.onStalled(nullptr);
        return statuses;
    }

    bool mayWait() {
        const std::scoped_lock lock(waitMutex_);
        return isToWait_;
    }
    // False as soon as nobody is to wait any more.
    bool mayWaitFor(std::chrono::milliseconds time) {
        std::unique_lock lock(waitMutex_);
        return !waitChanged_.wait_for(lock, time, [&] { return !isToWait_; });
    }

    void breakDown(const Error& error) {
        broken_ = error;
        if (options_.onBroken) options_.onBroken(error);
    }

    static void answerAll(std::vector<Submission>& batch, const Error& error) {
        for (Submission& submission : batch) {
            if (submission.done) submission.done(error);
        }
    }

    Store& store_;
    const Options options_;
    BoundedQueue<Submission> queue_;
    bool isRestless_ = false;      // committed since the last quiet moment
    std::optional<Error> broken_;  // journal thread only
    std::mutex waitMutex_;
    std::condition_variable waitChanged_;
    bool isToWait_ = true;
    std::atomic<bool> isStalled_{false};
    std::thread thread_;  // last: starts when everything above is there
};

Journal::Journal(Store& store, Options options) : loop_(std::make_unique<Loop>(store, std::move(options))) {}
Journal::~Journal() = default;

void Journal::submit(StoreWork work, std::function<void(Status)> done) {
    loop_->submit(std::move(work), std::move(done));
}

void Journal::waitForRoom(bool isToWait) {
    loop_->waitForRoom(isToWait);
}

bool Journal::isStalled() const {
    return loop_->isStalled();
}

Status Journal::run(StoreWork work) {
    std::mutex mutex;
    std::condition_variable answered;
    std::optional<Status> answer;
    submit(std::move(work), [&](Status status) {
        // Under the lock: the waiter's stack may be gone as soon as it can see the answer.
        const std::scoped_lock lock(mutex);
        answer = std::move(status);
        answered.notify_one();
    });
    std::unique_lock lock(mutex);
    answered.wait(lock, [&] { return answer.has_value(); });
    return std::move(*answer);
}

}  // namespace greffe
