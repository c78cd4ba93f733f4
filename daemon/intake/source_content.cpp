// SPDX-License-Identifier: Apache-2.0
#include "intake/source_content.h"

#include "intake/admission.h"
#include "intake/dropped_folder.h"
#include "sys/files.h"

#include <unistd.h>

#include <cerrno>
#include <map>

namespace greffe {
namespace {

constexpr std::size_t kHashedAtOnce = 256 << 10U;

// The regular file at `path` below `dirFd`, never through a link.
Result<UniqueFd> openMember(int dirFd, const std::string& path) {
    UniqueFd inner;
    std::size_t start = 0;
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', start)) {
        GREFFE_TRY_ASSIGN(inner, openDirectoryAt(dirFd, path.substr(start, slash - start)));
        dirFd = inner.get();
        start = slash + 1;
    }
    return openRegularAt(dirFd, path.substr(start));
}

bool holds(int fd, const SourceContent::Member& member) {
    const auto facts = factsOf(fd);
    if (!facts || facts->sizeBytes != member.sizeBytes) return false;
    Sha256 hash;
    std::string block(kHashedAtOnce, '\0');
    std::uint64_t at = 0;
    while (at <= member.sizeBytes) {
        const ssize_t got = pread(fd, block.data(), block.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) break;
        hash.update(block.data(), static_cast<std::size_t>(got));
        at += static_cast<std::uint64_t>(got);
    }
    return at == member.sizeBytes && hash.digest() == member.sha256;
}

}  // namespace

SourceContent SourceContent::of(const std::vector<DocumentRow>& documents) {
    SourceContent content;
    const DocumentRow* single = nullptr;
    for (const DocumentRow& document : documents) {
        if (!document.producedBy.empty() || document.slot == kManifestSlot) continue;
        if (document.slot == kMemberSlot)
            content.members.push_back({document.name, document.sizeBytes, document.blob});
        // The archive stands for its members, which have slots of their own and came by a step.
        if (single == nullptr || document.slot == kArchiveSlot) single = &document;
    }
    if (content.members.empty() && single != nullptr)
        content.members.push_back({"", single->sizeBytes, single->blob});
    return content;
}

bool SourceContent::isIn(int dirFd, const std::string& name) const {
    if (members.empty()) return false;
    if (members.front().path.empty()) {
        const auto file = openRegularAt(dirFd, name);
        return file && holds(file->get(), members.front());
    }
    const auto entries = listDroppedFolder(dirFd, name, members.size());
    if (!entries || entries->size() != members.size()) return false;
    std::map<std::string, std::uint64_t> sizes;
    for (const FolderEntry& entry : *entries)
        sizes[entry.path] = entry.facts.sizeBytes;
    for (const Member& member : members)
        if (const auto found = sizes.find(member.path);
            found == sizes.end() || found->second != member.sizeBytes)
            return false;
    const auto folder = openDirectoryAt(dirFd, name);
    if (!folder) return false;
    for (const Member& member : members) {
        const auto file = openMember(folder->get(), member.path);
        if (!file || !holds(file->get(), member)) return false;
    }
    return true;
}

}  // namespace greffe
