// SPDX-License-Identifier: Apache-2.0
#include "intake/placed_file.h"

#include "base/bytes_text.h"
#include "base/failpoint.h"
#include "intake/folder_places.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

namespace greffe {
namespace {

constexpr const char* kOwner = "user.greffe.dossier";

constexpr std::size_t kMostReceiptBytes = 1U << 20U;
constexpr std::size_t kBlockBytes = 256 << 10U;

std::string ownerOf(int fd) {
    char owner[128];
    const ssize_t size = fgetxattr(fd, kOwner, owner, sizeof owner);
    return size > 0 ? std::string(owner, static_cast<std::size_t>(size)) : std::string();
}

Result<std::size_t> readBlock(int fd, std::uint64_t offset, std::string& block) {
    for (;;) {
        const ssize_t got = pread(fd, block.data(), block.size(), static_cast<off_t>(offset));
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) return systemError("cannot read a placed file", errno);
    }
}

// Either may change while it is read: then they differ, and that is all.
Result<bool> hasSameBytes(int a, int b) {
    GREFFE_TRY_ASSIGN(const FileFacts first, factsOf(a));
    GREFFE_TRY_ASSIGN(const FileFacts second, factsOf(b));
    if (first.sizeBytes != second.sizeBytes) return false;
    std::string left(kBlockBytes, '\0'), right(kBlockBytes, '\0');
    for (std::uint64_t at = 0; at < first.sizeBytes;) {
        GREFFE_TRY_ASSIGN(const std::size_t gotLeft, readBlock(a, at, left));
        GREFFE_TRY_ASSIGN(const std::size_t gotRight, readBlock(b, at, right));
        if (gotLeft == 0 || gotLeft != gotRight || left.compare(0, gotLeft, right, 0, gotRight) != 0)
            return false;
        at += gotLeft;
    }
    return true;
}

// Receipts are small; what is larger is none.
bool holdsText(int fd, std::string_view text) {
    std::string bytes(kMostReceiptBytes + 1, '\0');
    std::size_t size = 0;
    for (;;) {
        const ssize_t got = pread(fd, bytes.data() + size, bytes.size() - size, static_cast<off_t>(size));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        size += static_cast<std::size_t>(got);
        if (size > kMostReceiptBytes) return false;
    }
    bytes.resize(size);
    return bytes.find(text) != std::string::npos;
}

std::string ownerIdOf(const PlacedFile& file) {
    return file.document.empty() ? file.dossier : file.dossier + "/" + file.document;
}

enum class Holder { Nobody, Us, Somebody };

Result<Holder> holderOf(int dirFd, const std::string& name, const PlacedFile& file, int fd) {
    if (!existsAt(dirFd, name)) return Holder::Nobody;
    auto existing = openRegularAt(dirFd, name);
    if (!existing) return Holder::Somebody;
    if (const std::string owner = ownerOf(existing->get()); !owner.empty())
        return owner == ownerIdOf(file) ? Holder::Us : Holder::Somebody;
    // Without attributes (some network file systems, a folder that was copied) a receipt names its dossier;
    // for anything else equal bytes are the best sign there is.
    if (file.document.empty() && holdsText(existing->get(), file.sign.empty() ? file.dossier : file.sign))
        return Holder::Us;
    GREFFE_TRY_ASSIGN(const bool isSame, hasSameBytes(existing->get(), fd));
    return isSame ? Holder::Us : Holder::Somebody;
}

std::vector<std::string> namesFor(const PlacedFile& file) {
    std::vector<std::string> names = {file.name, nameWithId(file.name, file.dossier)};
    if (!file.document.empty()) names.push_back(nameWithId(file.name, file.document));
    return names;
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
    const std::string owner = ownerIdOf(file);
    static_cast<void>(fsetxattr(fd.get(), kOwner, owner.data(), owner.size(), 0));
    const std::vector<std::string> names = namesFor(file);
    // Ours first: a name that was taken when it was placed may be free by now.
    for (const std::string& name : names) {
        GREFFE_TRY_ASSIGN(const Holder holder, holderOf(dirFd, name, file, fd.get()));
        if (holder != Holder::Us) continue;
        GREFFE_TRY(replaceWith(fd.get(), dirFd, name, file.dossier));
        return name;
    }
    for (const std::string& name : names) {
        const Status linked = linkUnnamed(fd.get(), dirFd, name);
        if (linked) return name;
        if (linked.error().code != Errc::Exists) return linked.error();
    }
    return makeError(
        Errc::Exists,
        fmt::format("{} and its names with the dossier's id are all taken", displayText(file.name)),
        "move one of them away; the delivery is tried again");
}

bool isPlacedFile(int dirFd, const std::string& name) {
    auto existing = openRegularAt(dirFd, name);
    return existing && !ownerOf(existing->get()).empty();
}

Status removeOwnFile(int dirFd, const std::string& name, const std::string& dossier,
                     const std::string& sign) {
    auto existing = openRegularAt(dirFd, name);
    if (!existing) return {};
    const std::string owner = ownerOf(existing->get());
    const bool isOurs =
        owner.empty() ? holdsText(existing->get(), sign.empty() ? dossier : sign) : owner == dossier;
    if (!isOurs) return {};
    return removeFileAt(dirFd, name);
}

}  // namespace greffe
