// SPDX-License-Identifier: Apache-2.0
// Group commit: the one thread that writes the store. Whoever waits together is committed together, which
// turns 300 commits a second into thousands of rows.
//
// Before each commit `beforeCommit` runs once (the spool's flush): bytes first, rows second. If it or the
// commit fails, `onBroken` is called and nothing is ever committed again: a failed fsync is not retried, the
// process ends and recovery reads what is really there.
//
// A full disk is no such failure: the batch waits, and everybody behind it, until there is room; then all of
// it is committed, with no restart. Who starts or stops does not wait (waitForRoom).
#pragma once

#include "store/store.h"

#include <functional>
#include <memory>

namespace greffe {

class Journal {
public:
    struct Options {
        std::size_t maxBatch = 256;
        std::size_t queueCapacity = 4096;
        std::function<Status()> beforeCommit;
        std::function<void(const Error&)>
            onBroken;  // must not return to normal work; called on the journal thread
        std::function<void(std::size_t works, std::int64_t micros)> onCommitted;  // metrics
        // No room: with the error when the wait begins, with nullptr when it is over. On the journal thread.
        std::function<void(const Error* noRoom)> onStalled;
    };

    Journal(Store& store, Options options);
    ~Journal();  // commits what was submitted, then stops
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // Any thread. `done` is called on the journal thread after the commit, with the work's own status: it may
    // only post to a queue. Waits while the queue is full: that is the backpressure.
    void submit(StoreWork work, std::function<void(Status)> done);
    // Submits and waits.
    Status run(StoreWork work);
    // Any thread. Whether a batch that finds no room waits for some (as it does at first), or is answered
    // with Errc::NoSpace and nothing of it is there: for a start, which has somebody to tell, and for a stop,
    // which ends a wait that has begun.
    void waitForRoom(bool isToWait);
    // Any thread: no room was found, and somebody waits.
    bool isStalled() const;

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace greffe
