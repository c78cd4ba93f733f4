// SPDX-License-Identifier: Apache-2.0
// Collects file systems on which something was written that a coming commit will speak of, and syncs each
// once before that commit. One syncfs then serves sixty receipts.
//
// mark() happens before Journal::submit, flush() in the journal's beforeCommit: whatever a committed row says
// is on disk. Thread-safe.
#pragma once

#include "base/result.h"
#include "sys/unique_fd.h"

#include <map>
#include <mutex>

namespace greffe {

class SyncPoint {
public:
    // The file system that `fd` is on.
    Status mark(int fd);
    // Syncs everything marked since the last flush. An error means nobody knows what is on disk: the process
    // must end.
    Status flush();

private:
    std::mutex mutex_;
    std::map<std::uint64_t, UniqueFd> marked_;  // device → a descriptor on it
};

}  // namespace greffe
