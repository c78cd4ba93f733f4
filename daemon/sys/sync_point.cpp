// SPDX-License-Identifier: Apache-2.0
#include "sys/sync_point.h"

#include "sys/files.h"

#include <fcntl.h>

#include <cerrno>

namespace greffe {

Status SyncPoint::mark(int fd) {
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd));
    const std::scoped_lock lock(mutex_);
    if (marked_.count(facts.device) != 0) return {};
    UniqueFd own(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!own) return systemError("cannot keep a descriptor for syncing", errno);
    marked_.emplace(facts.device, std::move(own));
    return {};
}

Status SyncPoint::flush() {
    std::map<std::uint64_t, UniqueFd> marked;
    {
        const std::scoped_lock lock(mutex_);
        marked.swap(marked_);
    }
    for (const auto& [device, fd] : marked)
        GREFFE_TRY(syncFileSystem(fd.get()));
    return {};
}

}  // namespace greffe
