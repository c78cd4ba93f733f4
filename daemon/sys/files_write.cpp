// SPDX-License-Identifier: Apache-2.0
// Writing, naming, syncing: the half of files.h that the promises stand on.
#include "base/failpoint.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace greffe {
namespace {

std::string descriptorPath(int fd) {
    return fmt::format("/proc/self/fd/{}", fd);
}

}  // namespace

Status makeDirectoryAt(int dirFd, const std::string& name, mode_t mode) {
    if (mkdirat(dirFd, name.c_str(), mode) != 0 && errno != EEXIST)
        return systemError(fmt::format("cannot create directory {}", pathAt(dirFd, name)), errno);
    return {};
}

Status makeDirectories(const std::string& path) {
    std::string made = !path.empty() && path.front() == '/' ? "/" : ".";
    std::size_t at = 0;
    while (at < path.size()) {
        const auto slash = std::min(path.find('/', at), path.size());
        const std::string part = path.substr(at, slash - at);
        at = slash + 1;
        if (part.empty() || part == ".") continue;
        GREFFE_TRY_ASSIGN(const UniqueFd parent, openDirectory(made));
        if (mkdirat(parent.get(), part.c_str(), 0750) == 0) {
            GREFFE_TRY(syncDirectory(parent.get()));
        } else if (errno != EEXIST) {
            return systemError(fmt::format("cannot create directory {}/{}", made, part), errno);
        }
        made += "/" + part;
    }
    return {};
}

Status writeAll(int fd, std::string_view bytes) {
    GREFFE_FAILPOINT("file.write");
    while (!bytes.empty()) {
        const ssize_t written = write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return systemError("cannot write", errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Status writeAllAt(int fd, std::string_view bytes, std::uint64_t offset) {
    GREFFE_FAILPOINT("file.write");
    while (!bytes.empty()) {
        const ssize_t written = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return systemError("cannot write", errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return {};
}

Status copyRange(int fromFd, std::uint64_t offset, std::uint64_t sizeBytes, int toFd) {
    GREFFE_FAILPOINT("file.copy");
    auto at = static_cast<off64_t>(offset);
    while (sizeBytes > 0) {
        const ssize_t copied = copy_file_range(fromFd, &at, toFd, nullptr, sizeBytes, 0);
        if (copied < 0 && errno == EINTR) continue;
        if (copied < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS))
            break;
        if (copied < 0) return systemError("cannot copy", errno);
        if (copied == 0) return makeError(Errc::Corrupt, "cannot copy: the source ends early");
        sizeBytes -= static_cast<std::uint64_t>(copied);
    }
    // Across file systems, and from memory files, which copy_file_range refuses.
    char buffer[65536];
    while (sizeBytes > 0) {
        const ssize_t got = pread(fromFd, buffer, std::min<std::uint64_t>(sizeBytes, sizeof buffer), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return systemError("cannot read", errno);
        if (got == 0) return makeError(Errc::Corrupt, "cannot copy: the source ends early");
        GREFFE_TRY(writeAll(toFd, {buffer, static_cast<std::size_t>(got)}));
        at += got;
        sizeBytes -= static_cast<std::uint64_t>(got);
    }
    return {};
}

Result<UniqueFd> openUnnamed(int dirFd, mode_t mode) {
    UniqueFd fd(openat(dirFd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode));
    if (fd) return fd;
    // EISDIR, ENOENT: of file systems that take O_TMPFILE for the directory that it contains.
    const bool isUnknown = errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT;
    return systemError(fmt::format("cannot create a file in {}", pathAt(dirFd)), errno,
                       isUnknown ? "the file system must support O_TMPFILE: ext4, xfs, btrfs, tmpfs do"
                                 : "let the daemon's user write there");
}

Status linkUnnamed(int fd, int dirFd, const std::string& name) {
    GREFFE_FAILPOINT("file.link");
    if (linkat(AT_FDCWD, descriptorPath(fd).c_str(), dirFd, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
        return systemError(fmt::format("cannot link {}", pathAt(dirFd, name)), errno);
    return {};
}

Status syncFile(int fd) {
    GREFFE_FAILPOINT("file.sync");
    if (fdatasync(fd) != 0) return systemError("cannot sync a file", errno, "the disk may be failing");
    return {};
}

Status syncDirectory(int fd) {
    GREFFE_FAILPOINT("directory.sync");
    if (fsync(fd) != 0) return systemError("cannot sync a directory", errno, "the disk may be failing");
    return {};
}

Status syncFileSystem(int fd) {
    GREFFE_FAILPOINT("filesystem.sync");
    if (syncfs(fd) != 0) return systemError("cannot sync a file system", errno, "the disk may be failing");
    return {};
}

Status renameNew(int fromDirFd, const std::string& from, int toDirFd, const std::string& to) {
    GREFFE_FAILPOINT("file.rename");
    if (syscall(SYS_renameat2, fromDirFd, from.c_str(), toDirFd, to.c_str(), RENAME_NOREPLACE) != 0)
        return systemError(fmt::format("cannot move {} to {}", pathAt(fromDirFd, from), pathAt(toDirFd, to)),
                           errno);
    return {};
}

Status replaceFile(int dirFd, const std::string& name, std::string_view bytes, mode_t mode) {
    GREFFE_TRY_ASSIGN(const UniqueFd fd, openUnnamed(dirFd, mode));
    GREFFE_TRY(writeAll(fd.get(), bytes));
    GREFFE_TRY(syncFile(fd.get()));
    Status linked = linkUnnamed(fd.get(), dirFd, name);
    if (!linked && linked.error().code == Errc::Exists) {
        const std::string temporary = fmt::format(".greffe-{}.tmp", getpid());
        static_cast<void>(unlinkat(dirFd, temporary.c_str(), 0));
        GREFFE_TRY(linkUnnamed(fd.get(), dirFd, temporary));
        GREFFE_FAILPOINT("file.replace");
        if (renameat(dirFd, temporary.c_str(), dirFd, name.c_str()) != 0)
            return systemError(fmt::format("cannot replace {}", pathAt(dirFd, name)), errno);
        linked = {};
    }
    GREFFE_TRY(std::move(linked));
    return syncDirectory(dirFd);
}

Status removeFileAt(int dirFd, const std::string& name) {
    GREFFE_FAILPOINT("file.remove");
    if (unlinkat(dirFd, name.c_str(), 0) != 0 && errno != ENOENT)
        return systemError(fmt::format("cannot remove {}", pathAt(dirFd, name)), errno);
    return {};
}

Status removeDirectoryAt(int dirFd, const std::string& name) {
    if (unlinkat(dirFd, name.c_str(), AT_REMOVEDIR) != 0 && errno != ENOENT)
        return systemError(fmt::format("cannot remove directory {}", pathAt(dirFd, name)), errno);
    return {};
}

Result<UniqueFd> memoryFile(const char* label) {
    UniqueFd fd(memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) return systemError("cannot create a memory file", errno);
    return fd;
}

Status sealMemoryFile(int fd) {
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        if (errno == EPERM) {  // already sealed for ever: fine when sealed against everything
            const int seals = fcntl(fd, F_GET_SEALS);
            if (seals >= 0 && (seals & (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)) ==
                                  (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
                return {};
        }
        return makeError(Errc::Invalid, "a memory file cannot be sealed");
    }
    return {};
}

Result<UniqueFd> sealedMemoryFile(const char* label, std::string_view bytes) {
    GREFFE_TRY_ASSIGN(UniqueFd fd, memoryFile(label));
    GREFFE_TRY(writeAll(fd.get(), bytes));
    GREFFE_TRY(sealMemoryFile(fd.get()));
    return fd;
}

}  // namespace greffe
