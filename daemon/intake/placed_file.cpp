// SPDX-License-Identifier: Apache-2.0
#include "intake/placed_file.h"

#include "base/failpoint.h"
#include "intake/folder_places.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace greffe {
namespace {

constexpr const char* kOwner = "user.greffe.dossier";

std::string ownerOf(int fd) {
    char owner[64];
    const ssize_t size = fgetxattr(fd, kOwner, owner, sizeof owner);
    return size > 0 ? std::string(owner, static_cast<std::size_t>(size)) : std::string();
}

Result<bool> hasSameBytes(int a, int b) {
    GREFFE_TRY_ASSIGN(const FileFacts first, factsOf(a));
    GREFFE_TRY_ASSIGN(const FileFacts second, factsOf(b));
    if (first.sizeBytes != second.sizeBytes) return false;
    GREFFE_TRY_ASSIGN(const MappedFile left, MappedFile::map(a, 0, first.sizeBytes));
    GREFFE_TRY_ASSIGN(const MappedFile right, MappedFile::map(b, 0, second.sizeBytes));
    return left.bytes() == right.bytes();
}

enum class Holder { Nobody, UsWithTheseBytes, UsWithOtherBytes, Somebody };

// Who has the name, and, when it is us, whether the bytes are those of `fd`.
Result<Holder> holderOf(int dirFd, const std::string& name, const std::string& dossier, int fd) {
    if (!existsAt(dirFd, name)) return Holder::Nobody;
    auto existing = openRegularAt(dirFd, name);
    if (!existing) return Holder::Somebody;
    GREFFE_TRY_ASSIGN(const bool isSame, hasSameBytes(existing->get(), fd));
    const std::string owner = ownerOf(existing->get());
    // Without attributes (some network file systems) equal bytes are the best sign there is.
    if (owner.empty() ? !isSame : owner != dossier) return Holder::Somebody;
    return isSame ? Holder::UsWithTheseBytes : Holder::UsWithOtherBytes;
}

Status replaceWith(int fd, int dirFd, const std::string& name, const std::string& dossier) {
    const std::string temporary = fmt::format(".{}.part", dossier);
    GREFFE_TRY(removeFileAt(dirFd, temporary));
    GREFFE_TRY(linkUnnamed(fd, dirFd, temporary));
    if (renameat(dirFd, temporary.c_str(), dirFd, name.c_str()) != 0)
        return systemError(fmt::format("cannot replace {}", name), errno);
    return {};
}

}  // namespace

Result<std::string> placeFile(int dirFd, const PlacedFile& file) {
    GREFFE_FAILPOINT("delivery.place");
    GREFFE_TRY_ASSIGN(const UniqueFd fd, openUnnamed(dirFd));
    GREFFE_TRY(file.write(fd.get()));
    static_cast<void>(fsetxattr(fd.get(), kOwner, file.dossier.data(), file.dossier.size(), 0));
    for (const std::string& name : {file.name, nameWithId(file.name, file.dossier)}) {
        const Status linked = linkUnnamed(fd.get(), dirFd, name);
        if (linked) return name;
        if (linked.error().code != Errc::Exists) return linked.error();
        GREFFE_TRY_ASSIGN(const Holder holder, holderOf(dirFd, name, file.dossier, fd.get()));
        if (holder == Holder::UsWithTheseBytes) return name;
        if (holder == Holder::UsWithOtherBytes) {
            // Our own, from before a power cut that its bytes did not survive, or a receipt that has news.
            GREFFE_TRY(replaceWith(fd.get(), dirFd, name, file.dossier));
            return name;
        }
    }
    return makeError(Errc::Exists,
                     fmt::format("{} and its name with the dossier's id are both taken", file.name),
                     "move one of them away; the delivery is tried again");
}

bool isPlacedFile(int dirFd, const std::string& name) {
    auto existing = openRegularAt(dirFd, name);
    return existing && !ownerOf(existing->get()).empty();
}

Status removeOwnFile(int dirFd, const std::string& name, const std::string& dossier) {
    auto existing = openRegularAt(dirFd, name);
    if (!existing || ownerOf(existing->get()) != dossier) return {};
    return removeFileAt(dirFd, name);
}

}  // namespace greffe
