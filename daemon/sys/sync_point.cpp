// SPDX-License-Identifier: Apache-2.0
#include "sys/sync_point.h"

#include "base/failpoint.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace greffe {
namespace {

// Of one device. Marks are asked about within a batch or two: older failures are of no use to anybody.
constexpr std::size_t kMostFailuresKept = 64;

Status syncOne([[maybe_unused]] std::uint64_t device, int fd) {
    GREFFE_FAILPOINT(fmt::format("sync.{}", device).c_str());
    return syncFileSystem(fd);
}

}  // namespace

Result<SyncPoint::Mark> SyncPoint::watch(int fd) {
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd));
    const std::scoped_lock lock(mutex_);
    UniqueFd& marked = marked_[facts.device];
    if (!marked) marked.reset(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!marked) {
        const Error error = systemError("cannot keep a descriptor for syncing", errno);
        marked_.erase(facts.device);
        return error;
    }
    return Mark{facts.device, ++lastNumber_};
}

void SyncPoint::flush() {
    std::map<std::uint64_t, UniqueFd> marked;
    std::uint64_t after = 0, upTo = 0;
    {
        const std::scoped_lock lock(mutex_);
        marked.swap(marked_);
        after = flushedUpTo_;
        upTo = flushedUpTo_ = lastNumber_;
    }
    for (const auto& [device, fd] : marked) {
        const Status synced = syncOne(device, fd.get());
        if (synced) continue;
        const std::scoped_lock lock(mutex_);
        std::vector<Failure>& failures = failures_[device];
        failures.push_back({after, upTo, synced.error()});
        if (failures.size() > kMostFailuresKept) failures.erase(failures.begin());
    }
}

Status SyncPoint::check(const Mark& mark) const {
    const std::scoped_lock lock(mutex_);
    const auto found = failures_.find(mark.device);
    if (found == failures_.end()) return {};
    for (const Failure& failure : found->second)
        if (mark.number > failure.after && mark.number <= failure.upTo) return failure.error;
    return {};
}

}  // namespace greffe
