// SPDX-License-Identifier: Apache-2.0
#include "spool/blob_files.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace greffe {
namespace {

constexpr const char* kBlobFolder = "blobs";
constexpr std::size_t kCopyBytes = 256U << 10U;

struct Shard {
    std::string outer, inner;  // "ab", "cd"
    std::size_t number = 0;    // of 65,536
};

Shard shardOf(const Digest& digest) {
    const std::string hex = toHex(digest);
    return {hex.substr(0, 2), hex.substr(2, 2), static_cast<std::size_t>(digest[0]) << 8U | digest[1]};
}

std::string placeOf(const Digest& digest) {
    const Shard shard = shardOf(digest);
    return fmt::format("{}/{}/{}/{}", kBlobFolder, shard.outer, shard.inner, toHex(digest));
}

Result<UniqueFd> openShard(int blobsFd, const Shard& shard) {
    GREFFE_TRY_ASSIGN(const UniqueFd outer, openDirectoryAt(blobsFd, shard.outer));
    return openDirectoryAt(outer.get(), shard.inner);
}

Result<UniqueFd> makeShard(int blobsFd, const Shard& shard) {
    GREFFE_TRY(makeDirectoryAt(blobsFd, shard.outer));
    GREFFE_TRY_ASSIGN(const UniqueFd outer, openDirectoryAt(blobsFd, shard.outer));
    GREFFE_TRY(makeDirectoryAt(outer.get(), shard.inner));
    return openDirectoryAt(outer.get(), shard.inner);
}

// Calls `each` with the next stretch of the file until its end.
Status readThrough(int fd, const std::function<Status(std::string_view)>& each) {
    std::vector<char> buffer(kCopyBytes);
    off_t at = 0;
    for (;;) {
        const ssize_t got = pread(fd, buffer.data(), buffer.size(), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return systemError("cannot read", errno);
        if (got == 0) return {};
        at += got;
        GREFFE_TRY(each({buffer.data(), static_cast<std::size_t>(got)}));
    }
}

// A full disk shows now instead of after a minute of copying. KEEP_SIZE: the guess never becomes content.
Status reserve(int fd, std::uint64_t sizeBytes) {
    if (sizeBytes == 0 || fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(sizeBytes)) == 0)
        return {};
    if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINTR) return {};
    return systemError("cannot reserve room for a blob", errno);
}

// The name passes from a damaged file to `fd` in one step; who has the old one open keeps it.
Status replaceLinked(int fd, int shardFd, const std::string& name) {
    const std::string fresh = name + ".new";
    GREFFE_TRY(removeFileAt(shardFd, fresh));
    GREFFE_TRY(linkUnnamed(fd, shardFd, fresh));
    if (renameat(shardFd, fresh.c_str(), shardFd, name.c_str()) != 0)
        return systemError(fmt::format("cannot replace {}", name), errno);
    return {};
}

}  // namespace

Status hashFile(int fd, Sha256& hash) {
    return readThrough(fd, [&](std::string_view bytes) {
        hash.update(bytes);
        return Status();
    });
}

Result<std::unique_ptr<BlobFiles>> BlobFiles::open(int directoryFd) {
    GREFFE_TRY(makeDirectoryAt(directoryFd, kBlobFolder));
    GREFFE_TRY(syncDirectory(directoryFd));
    GREFFE_TRY_ASSIGN(UniqueFd directory, openDirectoryAt(directoryFd, kBlobFolder));
    return std::unique_ptr<BlobFiles>(new BlobFiles(std::move(directory)));
}

Result<std::unique_ptr<BlobFiles>> BlobFiles::openReadOnly(int directoryFd) {
    GREFFE_TRY_ASSIGN(UniqueFd directory, openDirectoryAt(directoryFd, kBlobFolder));
    return std::unique_ptr<BlobFiles>(new BlobFiles(std::move(directory)));
}

Result<UniqueFd> BlobFiles::scratchFile() const {
    return openUnnamed(directory_.get(), 0400);
}

Result<BlobFiles::Added> BlobFiles::addFromFile(int fd, std::uint64_t maxBytes, std::uint64_t expectedBytes) {
    GREFFE_TRY_ASSIGN(UniqueFd file, openUnnamed(directory_.get(), 0440));
    GREFFE_TRY(reserve(file.get(), std::min(expectedBytes, maxBytes)));
    Sha256 hash;
    std::uint64_t sizeBytes = 0;
    GREFFE_TRY(readThrough(fd, [&](std::string_view bytes) -> Status {
        sizeBytes += bytes.size();
        if (sizeBytes > maxBytes)
            return makeError(Errc::Invalid,
                             fmt::format("larger than the {} bytes that are accepted", maxBytes));
        hash.update(bytes);
        return writeAll(file.get(), bytes);
    }));
    // The file got shorter while it was read: give the reserved room back.
    if (sizeBytes < expectedBytes && ftruncate(file.get(), static_cast<off_t>(sizeBytes)) != 0)
        return systemError("cannot trim a blob", errno);
    return finish(std::move(file), hash, sizeBytes);
}

Result<BlobFiles::Added> BlobFiles::addBytes(std::string_view bytes) {
    GREFFE_TRY_ASSIGN(UniqueFd file, openUnnamed(directory_.get(), 0440));
    GREFFE_TRY(reserve(file.get(), bytes.size()));
    GREFFE_TRY(writeAll(file.get(), bytes));
    Sha256 hash;
    hash.update(bytes);
    return finish(std::move(file), hash, bytes.size());
}

Result<BlobFiles::Added> BlobFiles::finish(UniqueFd file, const Sha256& hash, std::uint64_t sizeBytes) {
    Added added{{}, hash};
    added.row.kind = BlobKind::File;
    added.row.sha256 = hash.digest();
    added.row.sizeBytes = sizeBytes;
    added.row.createdMs = toUnixMs(systemClock().wall());
    GREFFE_TRY(syncFile(file.get()));
    GREFFE_TRY(giveName(file.get(), added.row));
    return added;
}

bool BlobFiles::isDamaged(const BlobRow& row) const {
    auto shard = openShard(directory_.get(), shardOf(row.sha256));
    if (!shard) return false;
    auto fd = openRegularAt(shard->get(), toHex(row.sha256));
    if (!fd) return existsAt(shard->get(), toHex(row.sha256));
    Sha256 hash;
    return !hashFile(fd->get(), hash) || hash.digest() != row.sha256;
}

Status BlobFiles::giveName(int fd, const BlobRow& row) {
    const Shard shard = shardOf(row.sha256);
    const std::string name = toHex(row.sha256);
    // Read outside of the lock: it may be long.
    const bool mustReplace = isDamaged(row);
    const std::scoped_lock lock(mutex_);
    GREFFE_TRY_ASSIGN(const UniqueFd shardFd, makeShard(directory_.get(), shard));
    GREFFE_FAILPOINT("spool.file.link");
    if (mustReplace) {
        GREFFE_TRY(replaceLinked(fd, shardFd.get(), name));
    } else if (Status linked = linkUnnamed(fd, shardFd.get(), name); !linked) {
        if (linked.error().code != Errc::Exists) return linked;
        GREFFE_TRY_ASSIGN(const UniqueFd existing, openFile(row));
        // A sweep that comes by before the row is committed must see a young file.
        if (futimens(existing.get(), nullptr) != 0)
            return systemError(fmt::format("cannot touch {}", placeOf(row.sha256)), errno);
    }
    // Also for a name that was there: whoever gave it may have died before syncing it.
    dirty_.insert(shard.outer + "/" + shard.inner);
    if (!settled_.test(shard.number)) {
        dirty_.insert(".");
        dirty_.insert(shard.outer);
    }
    return {};
}

Status BlobFiles::flush() {
    std::set<std::string> dirty;
    {
        const std::scoped_lock lock(mutex_);
        dirty.swap(dirty_);
    }
    for (const std::string& path : dirty) {
        UniqueFd fd(openat(directory_.get(), path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!fd) return systemError(fmt::format("cannot open {}/{}", kBlobFolder, path), errno);
        GREFFE_FAILPOINT("spool.directory.sync");
        GREFFE_TRY(syncDirectory(fd.get()));
    }
    const std::scoped_lock lock(mutex_);
    for (const std::string& path : dirty) {
        if (path.size() == 5) settled_.set(std::stoul(path.substr(0, 2) + path.substr(3), nullptr, 16));
    }
    return {};
}

Result<UniqueFd> BlobFiles::openFile(const BlobRow& row) const {
    GREFFE_TRY_ASSIGN(const UniqueFd shard, openShard(directory_.get(), shardOf(row.sha256)));
    GREFFE_TRY_ASSIGN(UniqueFd fd, openRegularAt(shard.get(), toHex(row.sha256)));
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd.get()));
    if (facts.sizeBytes != row.sizeBytes)
        return makeError(
            Errc::Corrupt,
            fmt::format("{}: {} bytes instead of {}", placeOf(row.sha256), facts.sizeBytes, row.sizeBytes),
            "restore the blob from a backup");
    return fd;
}

Status BlobFiles::forEach(const EachFile& each) const {
    const auto namesIn = [](int fd, std::size_t length) -> Result<std::vector<std::string>> {
        std::vector<std::string> names;
        GREFFE_TRY(listDirectory(fd, [&](const std::string& name) {
            if (name.size() == length) names.push_back(name);
            return true;
        }));
        return names;
    };
    GREFFE_TRY_ASSIGN(const auto outers, namesIn(directory_.get(), 2));
    for (const std::string& outer : outers) {
        GREFFE_TRY_ASSIGN(const UniqueFd outerFd, openDirectoryAt(directory_.get(), outer));
        GREFFE_TRY_ASSIGN(const auto inners, namesIn(outerFd.get(), 2));
        for (const std::string& inner : inners) {
            GREFFE_TRY_ASSIGN(const UniqueFd shardFd, openDirectoryAt(outerFd.get(), inner));
            GREFFE_TRY_ASSIGN(const auto names, namesIn(shardFd.get(), 64));
            for (const std::string& name : names) {
                Digest digest;
                if (fromHex(name, digest)) GREFFE_TRY(each(shardFd.get(), name, digest));
            }
        }
    }
    return {};
}

Status BlobFiles::verify(const IsKnown& isKnown, const Damaged& damaged) const {
    return forEach([&](int shardFd, const std::string& name, const Digest& digest) -> Status {
        GREFFE_TRY_ASSIGN(const UniqueFd fd, openRegularAt(shardFd, name));
        Sha256 found;
        GREFFE_TRY(hashFile(fd.get(), found));
        if (found.digest() == digest) return {};
        GREFFE_TRY_ASSIGN(const bool known, isKnown(digest));
        if (known) damaged(placeOf(digest), "its bytes do not match its digest");
        return {};
    });
}

Result<BlobFiles::Erased> BlobFiles::sweep(const std::function<Result<bool>(const Digest&)>& isNeeded,
                                           std::int64_t beforeMs) {
    Erased erased;
    const EachFile look = [&](int shardFd, const std::string& name, const Digest& digest) -> Status {
        const std::scoped_lock lock(mutex_);
        auto facts = factsAt(shardFd, name);
        if (!facts) return facts.error();
        if (facts->mtimeNs / 1'000'000 >= beforeMs) return {};
        GREFFE_TRY_ASSIGN(const bool needed, isNeeded(digest));
        if (needed) return {};
        GREFFE_TRY(removeFileAt(shardFd, name));
        ++erased.files;
        erased.bytes += facts->sizeBytes;
        return {};
    };
    GREFFE_TRY(forEach(look));
    return erased;
}

Status BlobFiles::backupTo(int directoryFd, const Copied& copied) const {
    GREFFE_TRY(makeDirectoryAt(directoryFd, kBlobFolder));
    GREFFE_TRY_ASSIGN(const UniqueFd target, openDirectoryAt(directoryFd, kBlobFolder));
    const EachFile keep = [&](int shardFd, const std::string& name, const Digest& digest) -> Status {
        GREFFE_TRY_ASSIGN(const UniqueFd fd, openRegularAt(shardFd, name));
        GREFFE_TRY_ASSIGN(const UniqueFd toShard, makeShard(target.get(), shardOf(digest)));
        GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd.get()));
        GREFFE_TRY_ASSIGN(const UniqueFd copy, openUnnamed(toShard.get(), 0440));
        GREFFE_TRY(reserve(copy.get(), facts.sizeBytes));
        // Read and written, not copy_file_range: a file system that can would share the blocks.
        GREFFE_TRY(readThrough(fd.get(), [&](std::string_view bytes) -> Status {
            GREFFE_TRY(writeAll(copy.get(), bytes));
            return copied(bytes.size());
        }));
        return linkUnnamed(copy.get(), toShard.get(), name);
    };
    GREFFE_TRY(forEach(keep));
    // One sync of the whole file system: a backup touches thousands of directories.
    return syncFileSystem(target.get());
}

}  // namespace greffe
