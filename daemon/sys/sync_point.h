// SPDX-License-Identifier: Apache-2.0
// Collects file systems on which something was written that a coming commit will speak of, and syncs each
// once before that commit. One syncfs then serves sixty receipts.
//
// Marks happen before Journal::submit, flush() in the journal's beforeCommit: whatever a committed row says
// is on disk. A file system that fails concerns those who wrote there: the work that is committed asks
// check(), and is undone alone. Thread-safe.
#pragma once

#include "base/result.h"
#include "sys/unique_fd.h"

#include <map>
#include <mutex>
#include <vector>

namespace greffe {

class SyncPoint {
public:
    struct Mark {
        std::uint64_t device = 0;
        std::uint64_t number = 0;  // 0: nothing was marked
    };

    // The file system that `fd` is on. The next flush covers it; whoever takes the mark must ask check().
    Result<Mark> watch(int fd);
    // Syncs everything marked since the last flush; what fails is remembered for those who ask.
    void flush();
    // After the flush: whether what was written before the mark is on disk. An error is for good: a sync that
    // failed is not made good by a later one, the bytes have to be written again.
    Status check(const Mark& mark) const;

private:
    // Marks numbered (after, upTo] of a device were covered by flushes that failed.
    struct Failure {
        std::uint64_t after = 0, upTo = 0;
        Error error;
    };
    mutable std::mutex mutex_;
    std::map<std::uint64_t, UniqueFd> marked_;  // by device
    std::map<std::uint64_t, std::vector<Failure>> failures_;
    std::uint64_t lastNumber_ = 0, flushedUpTo_ = 0;
};

}  // namespace greffe
