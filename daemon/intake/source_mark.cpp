// SPDX-License-Identifier: Apache-2.0
#include "intake/source_mark.h"

#include "sys/files.h"

#include <fmt/format.h>
#include <sys/xattr.h>

namespace greffe {
namespace {

// Not that of placed_file.h: what people dropped is no file of ours.
constexpr const char* kMark = "user.greffe.source";

struct Marked {
    UniqueFd fd;
    std::string mark;  // what stands there
    std::string markFor(const std::string& dossier) const { return fmt::format("{} {}", dossier, inode); }
    std::uint64_t inode = 0;
};

// Without a descriptor: neither a file nor a folder, or not readable.
Marked openMarked(int dirFd, const std::string& name) {
    Marked file;
    const auto seen = factsAt(dirFd, name);
    if (!seen) return file;
    auto opened = seen->isDirectory() ? openDirectoryAt(dirFd, name) : openRegularAt(dirFd, name);
    if (!opened) return file;
    const auto facts = factsOf(opened->get());
    if (!facts) return file;
    file.fd = std::move(*opened);
    file.inode = facts->inode;
    char bytes[128];
    const ssize_t size = fgetxattr(file.fd.get(), kMark, bytes, sizeof bytes);
    if (size > 0) file.mark.assign(bytes, static_cast<std::size_t>(size));
    return file;
}

}  // namespace

void markSource(int dirFd, const std::string& name, const std::string& dossier) {
    const Marked file = openMarked(dirFd, name);
    if (!file.fd) return;
    if (const std::string mark = file.markFor(dossier); mark != file.mark)
        static_cast<void>(fsetxattr(file.fd.get(), kMark, mark.data(), mark.size(), 0));
}

bool isSourceOfAnother(int dirFd, const std::string& name, const std::string& dossier) {
    const Marked file = openMarked(dirFd, name);
    const std::string inode = fmt::format(" {}", file.inode);
    const bool isForThisFile = file.mark.size() > inode.size() &&
                               file.mark.compare(file.mark.size() - inode.size(), inode.size(), inode) == 0;
    return isForThisFile && file.mark != file.markFor(dossier);
}

}  // namespace greffe
