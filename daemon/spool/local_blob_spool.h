// SPDX-License-Identifier: Apache-2.0
// The spool on a local disk: Segments for small blobs, BlobFiles for large ones, and Extended blobs put
// together from both.
#pragma once

#include "spool/blob_files.h"
#include "spool/blob_spool.h"
#include "spool/recent_hashes.h"
#include "spool/segments.h"

#include <atomic>
#include <mutex>

namespace greffe {

class LocalBlobSpool final : public BlobSpool {
public:
    LocalBlobSpool(Options options, UniqueFd directory, bool mayWrite, std::unique_ptr<Segments> segments,
                   std::unique_ptr<BlobFiles> files);

    Result<BlobRow> addFromFile(int fd, std::uint64_t maxBytes) override;
    Result<BlobRow> addBytes(std::string_view bytes) override;
    Result<ExtendedBlob> addExtended(const BlobRow& base, std::string_view tail) override;
    Status flush() override;
    Result<UniqueFd> openBlob(const BlobRow& row, bool verify) override;
    Result<std::string> readBlob(const BlobRow& row, std::uint64_t maxBytes) override;
    Status copyBlobTo(const BlobRow& row, int toFd) override;
    Status verifyAll(
        const std::function<Result<bool>(const Digest&)>& isKnown,
        const std::function<void(const std::string& place, const std::string& what)>& damaged) override;
    Result<SweepCounts> sweep(const std::function<Result<bool>(const Digest&)>& isUsed,
                              std::int64_t olderThanMs, std::int64_t nowMs) override;
    Status backupTo(const std::string& directory, const Copied& copied) override;

private:
    // Whether anything may be added: this process writes the spool and no sync ever failed.
    Status mayAdd() const;
    // The Segment and File blobs that make up `row`, in order.
    Result<std::vector<BlobRow>> partsOf(const BlobRow& row) const;
    Result<std::string> gather(const BlobRow& row) const;
    Result<Sha256> hashOf(const BlobRow& row) const;
    // Sets replacesDamaged when the journal names another copy of this content, which is damaged.
    BlobRow besideFirst(BlobRow row);
    Result<bool> isSpareRecord(const Digest& digest, std::uint32_t segment, std::uint64_t offset);

    const Options options_;
    const UniqueFd directory_;  // holds the lock
    const bool mayWrite_;
    const std::unique_ptr<Segments> segments_;
    const std::unique_ptr<BlobFiles> files_;
    RecentHashes recent_;

    std::mutex flushMutex_;  // one flush at a time: the second must not answer before the first has synced
    mutable std::mutex brokenMutex_;
    std::optional<Error> broken_;  // the sync that failed: nothing is durable any more
};

}  // namespace greffe
