// SPDX-License-Identifier: Apache-2.0
// Reading blobs, and what happens to them long after they were added.
#include "spool/local_blob_spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace greffe {
namespace {

// An Extended blob of at most this size is put together in memory.
constexpr std::uint64_t kMemoryFileBytes = 1U << 20U;
// Renewed seals and time stamps make chains of extensions; nothing legitimate comes near.
constexpr std::size_t kMostParts = 1000;
constexpr const char* kMemoryFileLabel = "greffe-blob";

Status compare(const Digest& found, const BlobRow& row) {
    if (found == row.sha256) return {};
    return makeError(Errc::Corrupt,
                     fmt::format("blob {}: its bytes do not match its digest", toHex(row.sha256)),
                     "restore the blob from a backup");
}

bool isAt(const BlobRow& row, std::uint32_t segment, std::uint64_t offset) {
    return row.kind == BlobKind::Segment && row.segment == segment && row.offset == offset;
}

// A second descriptor of the same file that cannot write.
Result<UniqueFd> reopenReadOnly(int fd) {
    UniqueFd readOnly(open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_RDONLY | O_CLOEXEC));
    if (!readOnly) return systemError("cannot reopen a blob for reading", errno);
    return readOnly;
}

}  // namespace

Result<std::vector<BlobRow>> LocalBlobSpool::partsOf(const BlobRow& row) const {
    std::vector<BlobRow> parts;
    std::vector<BlobRow> open{row};  // last one first
    while (!open.empty()) {
        const BlobRow next = open.back();
        open.pop_back();
        if (next.kind != BlobKind::Extended) {
            parts.push_back(next);
            continue;
        }
        if (parts.size() + open.size() > kMostParts)
            return makeError(Errc::Corrupt, fmt::format("blob {}: endlessly extended", toHex(row.sha256)));
        for (const Digest& digest : {next.tail, next.base}) {
            if (!options_.findRow)
                return makeError(Errc::Internal, "an Extended blob needs Options::findRow");
            GREFFE_TRY_ASSIGN(auto found, options_.findRow(digest));
            if (!found)
                return makeError(Errc::Corrupt, fmt::format("blob {}: its part {} is not in the journal",
                                                            toHex(next.sha256), toHex(digest)));
            open.push_back(std::move(*found));
        }
    }
    return parts;
}

Result<std::string> LocalBlobSpool::gather(const BlobRow& row) const {
    if (row.kind == BlobKind::Segment) return segments_->read(row);
    GREFFE_TRY_ASSIGN(const auto parts, partsOf(row));
    std::string bytes;
    bytes.reserve(row.sizeBytes);
    for (const BlobRow& part : parts) {
        if (part.kind == BlobKind::Segment) {
            GREFFE_TRY_ASSIGN(const std::string some, segments_->read(part));
            bytes += some;
        } else {
            GREFFE_TRY_ASSIGN(const UniqueFd fd, files_->openFile(part));
            GREFFE_TRY_ASSIGN(const std::string some, readAll(fd.get(), part.sizeBytes));
            bytes += some;
        }
    }
    return bytes;
}

Result<Sha256> LocalBlobSpool::hashOf(const BlobRow& row) const {
    if (auto known = recent_.find(row.sha256)) return *known;
    GREFFE_TRY_ASSIGN(const auto parts, partsOf(row));
    Sha256 hash;
    for (const BlobRow& part : parts) {
        if (part.kind == BlobKind::Segment) {
            GREFFE_TRY_ASSIGN(const std::string bytes, segments_->read(part));
            hash.update(bytes);
        } else {
            GREFFE_TRY_ASSIGN(const UniqueFd fd, files_->openFile(part));
            GREFFE_TRY(hashFile(fd.get(), hash));
        }
    }
    // What is appended to wrong bytes would be sealed with them.
    GREFFE_TRY(compare(hash.digest(), row));
    return hash;
}

Result<UniqueFd> LocalBlobSpool::openBlob(const BlobRow& row, bool verify) {
    if (row.kind == BlobKind::Segment ||
        (row.kind == BlobKind::Extended && row.sizeBytes <= kMemoryFileBytes)) {
        GREFFE_TRY_ASSIGN(const std::string bytes, gather(row));
        if (verify) GREFFE_TRY(compare(sha256(bytes), row));
        GREFFE_TRY_ASSIGN(UniqueFd fd, sealedMemoryFile(kMemoryFileLabel, bytes));
        if (lseek(fd.get(), 0, SEEK_SET) != 0) return systemError("cannot rewind a blob", errno);
        return fd;
    }
    UniqueFd fd;
    if (row.kind == BlobKind::File) {
        GREFFE_TRY_ASSIGN(fd, files_->openFile(row));
    } else {
        GREFFE_TRY_ASSIGN(const UniqueFd whole, files_->scratchFile());
        GREFFE_TRY(copyBlobTo(row, whole.get()));
        GREFFE_TRY_ASSIGN(fd, reopenReadOnly(whole.get()));
    }
    if (verify) {
        Sha256 hash;
        GREFFE_TRY(hashFile(fd.get(), hash));
        GREFFE_TRY(compare(hash.digest(), row));
    }
    return fd;
}

Result<std::string> LocalBlobSpool::readBlob(const BlobRow& row, std::uint64_t maxBytes) {
    if (row.sizeBytes > maxBytes)
        return makeError(Errc::Invalid, fmt::format("blob {}: {} bytes, more than the {} that are read here",
                                                    toHex(row.sha256), row.sizeBytes, maxBytes));
    GREFFE_TRY_ASSIGN(std::string bytes, gather(row));
    GREFFE_TRY(compare(sha256(bytes), row));
    return bytes;
}

Status LocalBlobSpool::copyBlobTo(const BlobRow& row, int toFd) {
    GREFFE_TRY_ASSIGN(const auto parts, partsOf(row));
    for (const BlobRow& part : parts) {
        if (part.kind == BlobKind::Segment) {
            GREFFE_TRY(segments_->copyTo(part, toFd));
        } else {
            GREFFE_TRY_ASSIGN(const UniqueFd fd, files_->openFile(part));
            GREFFE_TRY(copyRange(fd.get(), 0, part.sizeBytes, toFd));
        }
    }
    return {};
}

Status LocalBlobSpool::verifyAll(
    const std::function<Result<bool>(const Digest&)>& isKnown,
    const std::function<void(const std::string& place, const std::string& what)>& damaged) {
    const auto isRecordKnown = [&](const Digest& digest, std::uint32_t segment,
                                   std::uint64_t offset) -> Result<bool> {
        GREFFE_TRY_ASSIGN(const bool known, isKnown(digest));
        if (!known || !options_.findRow) return known;
        GREFFE_TRY_ASSIGN(const auto row, options_.findRow(digest));
        return !row || isAt(*row, segment, offset);
    };
    const auto isFileKnown = [&](const Digest& digest) -> Result<bool> {
        GREFFE_TRY_ASSIGN(const bool known, isKnown(digest));
        if (!known || !options_.findRow) return known;
        GREFFE_TRY_ASSIGN(const auto row, options_.findRow(digest));
        return !row || row->kind == BlobKind::File;
    };
    GREFFE_TRY(segments_->verify(isRecordKnown, options_.isSegmentUsed, damaged));
    return files_->verify(isFileKnown, damaged);
}

Result<bool> LocalBlobSpool::isSpareRecord(const Digest& digest, std::uint32_t segment,
                                           std::uint64_t offset) {
    if (!options_.findRow) return false;
    GREFFE_TRY_ASSIGN(const auto row, options_.findRow(digest));
    if (!row) return false;
    if (isAt(*row, segment, offset)) return false;
    // Keep the second copy when the first is damaged: it may be the last good one.
    return openBlob(*row, true).ok();
}

Result<BlobSpool::SweepCounts> LocalBlobSpool::sweep(const std::function<Result<bool>(const Digest&)>& isUsed,
                                                     std::int64_t olderThanMs, std::int64_t nowMs) {
    GREFFE_TRY(mayAdd());
    const std::int64_t beforeMs = nowMs - olderThanMs;
    GREFFE_TRY_ASSIGN(
        const Segments::Erased records,
        segments_->sweep(
            [&](const Digest& digest, std::uint32_t segment, std::uint64_t offset) -> Result<bool> {
                GREFFE_TRY_ASSIGN(const bool used, isUsed(digest));
                if (!used) return false;
                GREFFE_TRY_ASSIGN(const bool isSpare, isSpareRecord(digest, segment, offset));
                return !isSpare;
            },
            beforeMs));
    GREFFE_TRY_ASSIGN(const BlobFiles::Erased files, files_->sweep(isUsed, beforeMs));
    return SweepCounts{records.records, files.files, records.bytes + files.bytes};
}

Status LocalBlobSpool::backupTo(const std::string& directory, const Copied& copied) {
    GREFFE_TRY(makeDirectories(directory));
    GREFFE_TRY_ASSIGN(const UniqueFd target, openDirectory(directory));
    const Copied report = copied ? copied : [](std::uint64_t) { return Status(); };
    GREFFE_TRY(segments_->backupTo(target.get(), report));
    return files_->backupTo(target.get(), report);
}

}  // namespace greffe
