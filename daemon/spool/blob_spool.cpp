// SPDX-License-Identifier: Apache-2.0
// Adding and flushing. Reading and caring are in blob_spool_read.cpp.
#include "spool/blob_spool.h"

#include "base/clock.h"
#include "spool/local_blob_spool.h"
#include "spool/segment_walk.h"

#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>

namespace greffe {
namespace {

// The file's bytes behind the room for a record's header, as long as they are at most `limitBytes`; nothing
// when there is more.
Result<std::optional<std::string>> readSmall(int fd, std::uint64_t expectedBytes, std::uint64_t limitBytes) {
    std::string record;
    record.reserve(kRecordHeaderBytes + expectedBytes + kRecordEndBytes + kRecordAlignment);
    record.resize(kRecordHeaderBytes);
    // One byte more than expected shows whether the file grew.
    for (std::uint64_t step = expectedBytes + 1;;) {
        const std::uint64_t have = record.size() - kRecordHeaderBytes;
        GREFFE_TRY_ASSIGN(const std::string bytes, readAt(fd, have, step));
        record += bytes;
        if (record.size() - kRecordHeaderBytes > limitBytes) return std::optional<std::string>();
        if (bytes.size() < step) return std::optional<std::string>(std::move(record));
        step = 65536;
    }
}

Error tooLarge(std::uint64_t maxBytes) {
    return makeError(Errc::Invalid, fmt::format("larger than the {} bytes that are accepted", maxBytes));
}

}  // namespace

Result<std::unique_ptr<BlobSpool>> BlobSpool::open(const std::string& directory, Options options) {
    if (!options.isReadOnly) GREFFE_TRY(makeDirectories(directory));
    GREFFE_TRY_ASSIGN(UniqueFd directoryFd, openDirectory(directory));
    // Two writers would append over each other. A reader beside the daemon (verify, backup) is fine.
    const bool mayWrite = !options.isReadOnly && flock(directoryFd.get(), LOCK_EX | LOCK_NB) == 0;
    GREFFE_TRY_ASSIGN(auto segments, options.isReadOnly
                                         ? Segments::openReadOnly(directoryFd.get())
                                         : Segments::open(directoryFd.get(), options.segmentBytes));
    GREFFE_TRY_ASSIGN(auto files, options.isReadOnly ? BlobFiles::openReadOnly(directoryFd.get())
                                                     : BlobFiles::open(directoryFd.get()));
    return std::unique_ptr<BlobSpool>(std::make_unique<LocalBlobSpool>(
        std::move(options), std::move(directoryFd), mayWrite, std::move(segments), std::move(files)));
}

LocalBlobSpool::LocalBlobSpool(Options options, UniqueFd directory, bool mayWrite,
                               std::unique_ptr<Segments> segments, std::unique_ptr<BlobFiles> files)
    : options_(std::move(options)),
      directory_(std::move(directory)),
      mayWrite_(mayWrite),
      segments_(std::move(segments)),
      files_(std::move(files)) {}

Status LocalBlobSpool::mayAdd() const {
    if (options_.isReadOnly) return makeError(Errc::Denied, "this spool was opened for reading only");
    if (!mayWrite_)
        return makeError(Errc::Busy, "another process writes this spool",
                         "stop it, or use its control socket");
    const std::scoped_lock lock(brokenMutex_);
    if (broken_) return *broken_;
    return {};
}

Result<BlobRow> LocalBlobSpool::addFromFile(int fd, std::uint64_t maxBytes) {
    GREFFE_TRY(mayAdd());
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd));
    if (facts.sizeBytes > maxBytes) return tooLarge(maxBytes);
    if (facts.sizeBytes <= options_.smallLimitBytes) {
        GREFFE_TRY_ASSIGN(auto record, readSmall(fd, facts.sizeBytes, options_.smallLimitBytes));
        if (record) {
            if (record->size() - kRecordHeaderBytes > maxBytes) return tooLarge(maxBytes);
            Sha256 hash;
            hash.update(std::string_view(*record).substr(kRecordHeaderBytes));
            recent_.remember(hash.digest(), hash);
            GREFFE_TRY_ASSIGN(BlobRow row, segments_->append(std::move(*record), hash.digest()));
            return besideFirst(std::move(row));
        }
    }
    GREFFE_TRY_ASSIGN(const BlobFiles::Added added, files_->addFromFile(fd, maxBytes, facts.sizeBytes));
    recent_.remember(added.row.sha256, added.hash);
    return besideFirst(added.row);
}

Result<BlobRow> LocalBlobSpool::addBytes(std::string_view bytes) {
    GREFFE_TRY(mayAdd());
    if (bytes.size() > options_.smallLimitBytes) {
        GREFFE_TRY_ASSIGN(const BlobFiles::Added added, files_->addBytes(bytes));
        recent_.remember(added.row.sha256, added.hash);
        return besideFirst(added.row);
    }
    std::string record;
    record.reserve(recordBytes(bytes.size()));
    record.resize(kRecordHeaderBytes);
    record += bytes;
    Sha256 hash;
    hash.update(bytes);
    recent_.remember(hash.digest(), hash);
    GREFFE_TRY_ASSIGN(BlobRow row, segments_->append(std::move(record), hash.digest()));
    return besideFirst(std::move(row));
}

// The first row of a content stays, and with it, without this, the damage to the copy that it names: whoever
// sent the document once more could not mend it.
BlobRow LocalBlobSpool::besideFirst(BlobRow row) {
    if (!options_.findRow) return row;
    const auto first = options_.findRow(row.sha256);
    if (!first || !*first) return row;
    const bool isOneFile =
        row.kind == BlobKind::File && (*first)->kind == BlobKind::File;  // seen to by BlobFiles
    if (!isOneFile) row.replacesDamaged = !openBlob(**first, true).ok();
    return row;
}

Result<BlobSpool::ExtendedBlob> LocalBlobSpool::addExtended(const BlobRow& base, std::string_view tail) {
    GREFFE_TRY_ASSIGN(Sha256 hash, hashOf(base));
    ExtendedBlob added;
    GREFFE_TRY_ASSIGN(added.tail, addBytes(tail));
    hash.update(tail);
    added.whole.kind = BlobKind::Extended;
    added.whole.sha256 = hash.digest();
    added.whole.sizeBytes = base.sizeBytes + tail.size();
    added.whole.base = base.sha256;
    added.whole.tail = added.tail.sha256;
    added.whole.createdMs = added.tail.createdMs;
    recent_.remember(added.whole.sha256, hash);
    return added;
}

Status LocalBlobSpool::flush() {
    const std::scoped_lock flushing(flushMutex_);
    {
        const std::scoped_lock lock(brokenMutex_);
        if (broken_) return *broken_;
    }
    Status done = segments_->flush();
    if (done) done = files_->flush();
    if (!done) {
        // A second sync of the same pages may say yes to bytes that are gone: never ask again.
        const std::scoped_lock lock(brokenMutex_);
        broken_ = done.error();
    }
    return done;
}

}  // namespace greffe
