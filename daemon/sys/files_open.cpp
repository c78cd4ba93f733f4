// SPDX-License-Identifier: Apache-2.0
// Opening, looking, mapping: the half of files.h that changes nothing.
#include "sys/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace greffe {

Result<UniqueFd> openDirectory(const std::string& path) {
    UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return systemError(fmt::format("cannot open directory {}", path), errno);
    return fd;
}

std::string pathAt(int dirFd, const std::string& name) {
    const int before = errno;
    char path[4096];
    const std::string link = fmt::format("/proc/self/fd/{}", dirFd);
    const ssize_t size = readlink(link.c_str(), path, sizeof path);
    errno = before;
    const std::string directory(path, size > 0 ? static_cast<std::size_t>(size) : 0);
    if (directory.empty()) return name;
    return name.empty() || name == "." ? directory : directory + "/" + name;
}

namespace {

bool isLinkAt(int dirFd, const std::string& name) {
    const Result<FileFacts> facts = factsAt(dirFd, name);
    return facts && S_ISLNK(facts->mode);
}

}  // namespace

Result<UniqueFd> openDirectoryAt(int dirFd, const std::string& name) {
    UniqueFd fd(openat(dirFd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd) return fd;
    Error error = systemError(fmt::format("cannot open directory {}", pathAt(dirFd, name)), errno);
    // The system says "Not a directory", which a link to one seems to contradict.
    if (isLinkAt(dirFd, name)) {
        error.message = fmt::format("{} is a link, and links are not followed here", pathAt(dirFd, name));
        error.advice = "make it a directory, or mount one there";
    }
    return error;
}

Result<UniqueFd> openRegularAt(int dirFd, const std::string& name) {
    // O_NONBLOCK: opening a pipe must not wait for its other end. It changes nothing for a regular file.
    UniqueFd fd(openat(dirFd, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd) return systemError(fmt::format("cannot open {}", pathAt(dirFd, name)), errno);
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd.get()));
    if (!facts.isRegular()) return makeError(Errc::Invalid, fmt::format("{}: not a regular file", name));
    return fd;
}

Result<UniqueFd> openBeneath(const std::string& root, const std::string& path) {
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(root));
    if (path.empty() || path.find('\0') != std::string::npos)
        return makeError(Errc::Invalid, "a path that names nothing");
    open_how how{};
    how.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    UniqueFd fd(static_cast<int>(syscall(SYS_openat2, directory.get(), path.c_str(), &how, sizeof how)));
    if (!fd && (errno == EXDEV || errno == ELOOP))
        return makeError(Errc::Denied, fmt::format("{}: leads out of {} or over a link", path, root));
    if (!fd) return systemError(fmt::format("cannot open {}", path), errno);
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd.get()));
    if (!facts.isRegular()) return makeError(Errc::Invalid, fmt::format("{}: not a regular file", path));
    return fd;
}

Result<std::string> readAll(int fd, std::uint64_t maxBytes) {
    std::string bytes;
    char buffer[65536];
    for (;;) {
        const ssize_t got = read(fd, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return systemError("cannot read", errno);
        if (got == 0) return bytes;
        if (bytes.size() + static_cast<std::size_t>(got) > maxBytes)
            return makeError(Errc::Invalid,
                             fmt::format("larger than the {} bytes that are read here", maxBytes));
        bytes.append(buffer, static_cast<std::size_t>(got));
    }
}

Result<std::string> readFile(const std::string& path, std::uint64_t maxBytes) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd) return systemError(fmt::format("cannot open {}", path), errno);
    auto bytes = readAll(fd.get(), maxBytes);
    if (!bytes) bytes.error().message = path + ": " + bytes.error().message;
    return bytes;
}

namespace {

FileFacts toFacts(const struct stat& info) {
    FileFacts facts;
    facts.device = info.st_dev;
    facts.inode = info.st_ino;
    facts.sizeBytes = static_cast<std::uint64_t>(info.st_size);
    facts.mtimeNs = static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
    facts.links = static_cast<std::uint32_t>(info.st_nlink);
    facts.mode = info.st_mode;
    return facts;
}

}  // namespace

Result<FileFacts> factsOf(int fd) {
    struct stat info {};
    if (fstat(fd, &info) != 0) return systemError("cannot look at an open file", errno);
    return toFacts(info);
}

Result<FileFacts> factsAt(int dirFd, const std::string& name) {
    struct stat info {};
    if (fstatat(dirFd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        return systemError(fmt::format("cannot look at {}", pathAt(dirFd, name)), errno);
    return toFacts(info);
}

bool isFileName(std::string_view name) {
    constexpr std::size_t kMostBytes = 255;  // NAME_MAX
    return !name.empty() && name.size() <= kMostBytes && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

bool existsAt(int dirFd, const std::string& name) {
    struct stat info {};
    return fstatat(dirFd, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

Status listDirectory(int dirFd, const std::function<bool(const std::string& name)>& each) {
    // A second open file description: fdopendir takes its descriptor over, and dup would share the read
    // position.
    UniqueFd own(openat(dirFd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own) return systemError(fmt::format("cannot list {}", pathAt(dirFd)), errno);
    DIR* stream = fdopendir(own.get());
    if (stream == nullptr) return systemError(fmt::format("cannot list {}", pathAt(dirFd)), errno);
    static_cast<void>(own.release());
    Status status;
    for (;;) {
        errno = 0;
        const dirent* entry = readdir(stream);
        if (entry == nullptr) {
            if (errno != 0) status = systemError(fmt::format("cannot list {}", pathAt(dirFd)), errno);
            break;
        }
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (!each(name)) break;
    }
    closedir(stream);
    return status;
}

namespace {

Status readExactly(int fd, std::uint64_t offset, char* to, std::size_t count) {
    while (count > 0) {
        const ssize_t got = pread(fd, to, count, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return systemError("cannot read a file", errno);
        if (got == 0) return makeError(Errc::Corrupt, "the file is shorter than it was said to be");
        to += got;
        offset += static_cast<std::uint64_t>(got);
        count -= static_cast<std::size_t>(got);
    }
    return {};
}

}  // namespace

Result<MappedFile> MappedFile::map(int fd, std::uint64_t offset, std::uint64_t sizeBytes) {
    MappedFile mapped;
    if (sizeBytes == 0) return mapped;
    if (sizeBytes <= kCopiedUpTo) {
        mapped.copy_ = std::make_unique_for_overwrite<char[]>(static_cast<std::size_t>(sizeBytes));
        GREFFE_TRY(readExactly(fd, offset, mapped.copy_.get(), static_cast<std::size_t>(sizeBytes)));
        mapped.data_ = mapped.copy_.get();
        mapped.sizeBytes_ = static_cast<std::size_t>(sizeBytes);
        return mapped;
    }
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    const std::uint64_t start = offset / page * page;
    mapped.mappedBytes_ = static_cast<std::size_t>(sizeBytes + (offset - start));
    void* base = mmap(nullptr, mapped.mappedBytes_, PROT_READ, MAP_PRIVATE, fd, static_cast<off_t>(start));
    if (base == MAP_FAILED) return systemError("cannot map a file", errno);
    mapped.base_ = base;
    mapped.data_ = static_cast<const char*>(base) + (offset - start);
    mapped.sizeBytes_ = static_cast<std::size_t>(sizeBytes);
    return mapped;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : copy_(std::move(other.copy_)),
      base_(std::exchange(other.base_, nullptr)),
      mappedBytes_(other.mappedBytes_),
      data_(std::exchange(other.data_, nullptr)),
      sizeBytes_(std::exchange(other.sizeBytes_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    if (this != &other) {
        if (base_ != nullptr) munmap(base_, mappedBytes_);
        copy_ = std::move(other.copy_);
        base_ = std::exchange(other.base_, nullptr);
        mappedBytes_ = other.mappedBytes_;
        data_ = std::exchange(other.data_, nullptr);
        sizeBytes_ = std::exchange(other.sizeBytes_, 0);
    }
    return *this;
}

MappedFile::~MappedFile() {
    if (base_ != nullptr) munmap(base_, mappedBytes_);
}

SplitPath splitPath(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {".", path};
    return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace greffe
