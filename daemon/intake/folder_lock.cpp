// SPDX-License-Identifier: Apache-2.0
#include "intake/folder_lock.h"

#include "sys/file_lock.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <mutex>

namespace greffe {

Result<std::shared_ptr<FolderLock>> FolderLock::take(int privateDir, const std::string& root) {
    static std::mutex mutex;
    static std::map<std::pair<std::uint64_t, std::uint64_t>, std::weak_ptr<FolderLock>> held;  // by inode
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(privateDir));
    const std::scoped_lock guard(mutex);
    std::weak_ptr<FolderLock>& known = held[{facts.device, facts.inode}];
    if (auto own = known.lock()) return own;
    GREFFE_TRY_ASSIGN(
        UniqueFd fd,
        lockFile(privateDir, "lock", fmt::format("{}: another greffe takes files from it", root),
                 "stop it first, or give one of the two a folder of its own: a file must not end twice"));
    auto taken = std::make_shared<FolderLock>(std::move(fd));
    known = taken;
    return taken;
}

}  // namespace greffe
