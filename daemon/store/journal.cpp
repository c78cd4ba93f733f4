// SPDX-License-Identifier: Apache-2.0
#include "store/journal.h"

#include "base/bounded_queue.h"
#include "base/failpoint.h"
#include "base/invariant.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace greffe {
namespace {

// Long enough that housekeeping never stands between two documents of one batch scan.
constexpr std::chrono::milliseconds kQuietAfter{500};

}  // namespace

class Journal::Loop {
public:
    Loop(Store& store, Options options)
        : store_(store),
          options_(std::move(options)),
          queue_(options_.queueCapacity),
          thread_([this] { run(); }) {}

    ~Loop() {
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
        if (!statuses) return breakDown(statuses.error());
        GREFFE_INVARIANT(statuses->size() == batch.size());

        const auto took = std::chrono::steady_clock::now() - started;
        if (options_.onCommitted)
            options_.onCommitted(batch.size(),
                                 std::chrono::duration_cast<std::chrono::microseconds>(took).count());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (batch[i].done) batch[i].done(std::move((*statuses)[i]));
        }
    }

    // Bytes first, rows second.
    Result<std::vector<Status>> makeDurable(const std::vector<StoreWork>& works) {
        GREFFE_FAILPOINT("journal.batch");
        if (options_.beforeCommit) GREFFE_TRY(options_.beforeCommit());
        return store_.commit(works);
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
    std::thread thread_;           // last: starts when everything above is there
};

Journal::Journal(Store& store, Options options) : loop_(std::make_unique<Loop>(store, std::move(options))) {}
Journal::~Journal() = default;

void Journal::submit(StoreWork work, std::function<void(Status)> done) {
    loop_->submit(std::move(work), std::move(done));
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
