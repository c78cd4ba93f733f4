// SPDX-License-Identifier: Apache-2.0
// The large blobs: files of their own, blobs/ab/cd/<sha256>, mode 0440, whole from the moment they have a
// name.
//
// Bytes are synced before the name is given; flush() makes the names durable. Thread-safe, except that
// flush() has one caller at a time.
#pragma once

#include "base/result.h"
#include "store/rows.h"
#include "sys/unique_fd.h"

#include <bitset>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

namespace greffe {

class BlobFiles {
public:
    // `directoryFd`: the spool's directory, which holds blobs/.
    static Result<std::unique_ptr<BlobFiles>> open(int directoryFd);

    // Of a backup: nothing is made or changed, nothing is added.
    static Result<std::unique_ptr<BlobFiles>> openReadOnly(int directoryFd);

    struct Added {
        BlobRow row;
        Sha256 hash;  // of the whole, to go on from when something is appended
    };
    // `expectedBytes` is a guess that lets a full disk show before the copying.
    Result<Added> addFromFile(int fd, std::uint64_t maxBytes, std::uint64_t expectedBytes);
    Result<Added> addBytes(std::string_view bytes);
    Status flush();

    // Errc::Corrupt when the file has not the row's size.
    Result<UniqueFd> openFile(const BlobRow& row) const;
    // An unnamed file on the same file system, for something put together.
    Result<UniqueFd> scratchFile() const;

    using Damaged = std::function<void(const std::string& place, const std::string& what)>;
    using IsKnown = std::function<Result<bool>(const Digest&)>;
    Status verify(const IsKnown& isKnown, const Damaged& damaged) const;

    struct Erased {
        std::uint64_t files = 0, bytes = 0;
    };
    // Unlinks files not touched since `beforeMs` that `isNeeded` answers false for.
    Result<Erased> sweep(const std::function<Result<bool>(const Digest&)>& isNeeded, std::int64_t beforeMs);

    // Copies with bytes of their own (blob_spool.h), reported on while a file is copied.
    using Copied = std::function<Status(std::uint64_t bytes)>;
    Status backupTo(int directoryFd, const Copied& copied) const;

private:
    explicit BlobFiles(UniqueFd directory) : directory_(std::move(directory)) {}

    Result<Added> finish(UniqueFd file, const Sha256& hash, std::uint64_t sizeBytes);
    Status giveName(int fd, const BlobRow& row);
    // Whether the name is taken by bytes that are not the name's.
    bool isDamaged(const BlobRow& row) const;
    using EachFile = std::function<Status(int shardFd, const std::string& name, const Digest& digest)>;
    Status forEach(const EachFile& each) const;

    const UniqueFd directory_;
    // Guards the names: a sweep must not unlink a file between the moment an add finds it and the moment it
    // is touched.
    std::mutex mutex_;
    std::set<std::string> dirty_;  // directories below blobs/ with names that are not durable yet
    std::bitset<65536> settled_;   // shards whose own names are known durable
};

// Adds a whole file, from its start, to `hash`. Leaves its position alone.
Status hashFile(int fd, Sha256& hash);

}  // namespace greffe
