// SPDX-License-Identifier: Apache-2.0
// Where bytes live: immutable, content-addressed. Small blobs (up to smallLimitBytes) are records of
// append-only segment files, because one fdatasync then serves many documents; larger ones are files of their
// own, blobs/ab/cd/<sha256>.
//
// A blob exists for the rest of the program only once its BlobRow is committed. Order, always: add* → flush
// (the journal's beforeCommit does it) → commit of the row. Bytes without a row are rubbish that the sweep
// removes after a day.
//
// Thread-safe. Readers never see a segment's descriptor: they get a copy or a mapping of exactly their bytes.
#pragma once

#include "base/result.h"
#include "store/rows.h"
#include "sys/files.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace greffe {

class BlobSpool {
public:
    struct Options {
        std::uint64_t smallLimitBytes = 1U << 20U;
        std::uint64_t segmentBytes = 64U << 20U;
        // A committed row: the parts of Extended blobs, and whether a content that is added is there already.
        // Any thread.
        std::function<Result<std::optional<BlobRow>>(const Digest&)> findRow;
        // Whether any row lies in that segment: what verifyAll makes of one that lost its header.
        std::function<Result<bool>(std::uint32_t segment)> isSegmentUsed;
        // A backup, perhaps on a medium that cannot be written: nothing is made, locked or opened for
        // writing.
        bool isReadOnly = false;
    };

    static Result<std::unique_ptr<BlobSpool>> open(const std::string& directory, Options options);
    virtual ~BlobSpool() = default;

    // A content whose first copy, the one that its row names, has been damaged since: the row that is
    // returned replaces that one when it is committed (BlobRow::replacesDamaged).

    // Copies up to `maxBytes` from a descriptor's start, hashing on the way. Errc::Invalid when there is
    // more. The bytes kept are exactly those hashed, whatever a producer does to the file meanwhile.
    virtual Result<BlobRow> addFromFile(int fd, std::uint64_t maxBytes) = 0;
    virtual Result<BlobRow> addBytes(std::string_view bytes) = 0;

    struct ExtendedBlob {
        BlobRow whole;  // kind Extended
        BlobRow tail;
    };
    // The blob `base` followed by `tail`: stores only the tail, hashes the whole.
    virtual Result<ExtendedBlob> addExtended(const BlobRow& base, std::string_view tail) = 0;

    // Makes everything added so far durable. An error means nobody knows: see Journal.
    virtual Status flush() = 0;

    // A descriptor holding exactly the blob's bytes, position 0: a sealed memory file for small ones, a
    // read-only file for large ones; an Extended blob is put together. Checks the digest when `verify`:
    // Errc::Corrupt when it does not fit.
    virtual Result<UniqueFd> openBlob(const BlobRow& row, bool verify) = 0;
    virtual Result<std::string> readBlob(const BlobRow& row, std::uint64_t maxBytes) = 0;
    // Appends the blob's bytes to a file, in the kernel where possible.
    virtual Status copyBlobTo(const BlobRow& row, int toFd) = 0;

    // Re-reads every record and compares digests: each damaged one is named to `damaged`.
    virtual Status verifyAll(
        const std::function<Result<bool>(const Digest&)>& isKnown,
        const std::function<void(const std::string& place, const std::string& what)>& damaged) = 0;

    struct SweepCounts {
        std::uint64_t records = 0, files = 0, bytes = 0;
    };
    // Removes bytes that no row needs and that are older than `olderThanMs`: zeroes and punches records,
    // unlinks files.
    virtual Result<SweepCounts> sweep(const std::function<Result<bool>(const Digest&)>& isUsed,
                                      std::int64_t olderThanMs, std::int64_t nowMs) = 0;

    // Called now and then with how many bytes were copied since; an error ends the copying with it.
    using Copied = std::function<Status(std::uint64_t bytes)>;
    // A copy of everything a backup of the journal refers to, into `directory`. Bytes of their own: a link or
    // a shared extent would lose both to one damaged block.
    virtual Status backupTo(const std::string& directory, const Copied& copied = {}) = 0;
};

}  // namespace greffe
