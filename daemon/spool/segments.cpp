// SPDX-License-Identifier: Apache-2.0
// Appending, flushing, reading. Verify, sweep and backup are in segments_care.cpp.
#include "spool/segments.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "spool/open_segment.h"
#include "spool/segment_walk.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace greffe {
namespace {

constexpr const char* kSegmentFolder = "segments";

Result<SegmentSalt> randomSalt() {
    SegmentSalt salt;
    if (getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(salt.size()))
        return systemError("cannot get random bytes", errno);
    return salt;
}

std::string placeOf(const BlobRow& row) {
    return fmt::format("{}/{}@{}", kSegmentFolder, segmentName(row.segment), row.offset);
}

Error notWhatTheRowSays(const BlobRow& row, const char* what) {
    return makeError(Errc::Corrupt, fmt::format("{}: {}", placeOf(row), what),
                     "restore the blob from a backup");
}

// Whether `bytes`, a record's first bytes, are the header that the row speaks of.
Status checkHeader(const BlobRow& row, std::string_view bytes) {
    const auto header = peekRecordHeader(bytes);
    if (!header || header->sha256 != row.sha256 || header->sizeBytes != row.sizeBytes)
        return notWhatTheRowSays(row, "not the record of this blob");
    if (header->isErased)
        return makeError(Errc::NotFound, fmt::format("{}: this blob was erased", placeOf(row)));
    return {};
}

}  // namespace

std::string segmentName(std::uint32_t number) {
    return fmt::format("{:08}.seg", number);
}

Segments::Segments(UniqueFd directory, std::uint64_t segmentBytes)
    : directory_(std::move(directory)), segmentBytes_(segmentBytes) {}

Result<std::unique_ptr<Segments>> Segments::open(int directoryFd, std::uint64_t segmentBytes) {
    GREFFE_TRY(makeDirectoryAt(directoryFd, kSegmentFolder));
    GREFFE_TRY(syncDirectory(directoryFd));
    GREFFE_TRY_ASSIGN(UniqueFd directory, openDirectoryAt(directoryFd, kSegmentFolder));
    std::unique_ptr<Segments> segments(new Segments(std::move(directory), segmentBytes));
    GREFFE_TRY(segments->resume());
    return segments;
}

Result<std::unique_ptr<Segments>> Segments::openReadOnly(int directoryFd) {
    GREFFE_TRY_ASSIGN(UniqueFd directory, openDirectoryAt(directoryFd, kSegmentFolder));
    return std::unique_ptr<Segments>(new Segments(std::move(directory), 0));
}

Status Segments::resume() {
    GREFFE_TRY_ASSIGN(const std::vector<std::uint32_t> all, numbers());
    if (all.empty()) return {};
    lastNumber_ = all.back();
    UniqueFd fd(openat(directory_.get(), segmentName(lastNumber_).c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
        return systemError(fmt::format("cannot open {}/{}", kSegmentFolder, segmentName(lastNumber_)), errno);
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd.get()));
    GREFFE_TRY_ASSIGN(const std::string bytes, readAt(fd.get(), 0, kSegmentHeaderBytes));
    const auto header = decodeSegmentHeader(bytes);
    if (!header || header->number != lastNumber_) return {};
    SegmentWalk walk(fd.get(), header->salt, facts.sizeBytes);
    for (;;) {
        GREFFE_TRY_ASSIGN(const auto record, walk.next());
        if (walk.gap() || (record && !record->hasEnd)) return {};  // torn or damaged: never written again
        if (!record) break;
    }
    current_ =
        std::make_shared<OpenSegment>(OpenSegment{std::move(fd), lastNumber_, header->salt, facts.sizeBytes});
    return {};
}

Status Segments::startSegment() {
    GREFFE_FAILPOINT("spool.rotate");
    current_.reset();
    const std::uint32_t number = ++lastNumber_;
    GREFFE_TRY_ASSIGN(const SegmentSalt salt, randomSalt());
    UniqueFd fd(
        openat(directory_.get(), segmentName(number).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!fd)
        return systemError(fmt::format("cannot create {}/{}", kSegmentFolder, segmentName(number)), errno);
    const std::string header = encodeSegmentHeader({number, toUnixMs(systemClock().wall()), salt});
    if (Status written = writeAllAt(fd.get(), header, 0); !written) {
        static_cast<void>(removeFileAt(directory_.get(), segmentName(number)));
        return written;
    }
    current_ = std::make_shared<OpenSegment>(OpenSegment{std::move(fd), number, salt, header.size()});
    isDirectoryDirty_ = true;
    return {};
}

Result<BlobRow> Segments::append(std::string record, const Digest& digest) {
    BlobRow row;
    row.kind = BlobKind::Segment;
    row.sha256 = digest;
    row.sizeBytes = record.size() - kRecordHeaderBytes;
    row.createdMs = toUnixMs(systemClock().wall());

    const std::scoped_lock lock(mutex_);
    GREFFE_FAILPOINT("spool.segment.append");
    const bool isFull = current_ && current_->endBytes > kSegmentHeaderBytes &&
                        current_->endBytes + recordBytes(row.sizeBytes) > segmentBytes_;
    if (!current_ || isFull) GREFFE_TRY(startSegment());
    frameRecord(record, {row.sizeBytes, row.createdMs, digest, false}, current_->salt);
    if (Status written = writeAllAt(current_->fd.get(), record, current_->endBytes); !written) {
        // A full disk leaves half a record: cut it off, or the next append overwrites it at the same place.
        // When even cutting fails, the place is left alone for good.
        const bool isCut = ftruncate(current_->fd.get(), static_cast<off_t>(current_->endBytes)) == 0;
        if (!isCut || written.error().code != Errc::NoSpace) current_.reset();
        return std::move(written).error();
    }
    row.segment = current_->number;
    row.offset = current_->endBytes + kRecordHeaderBytes;
    current_->endBytes += record.size();
    if (dirty_.empty() || dirty_.back() != current_) dirty_.push_back(current_);
    return row;
}

Status Segments::flush() {
    std::vector<std::shared_ptr<OpenSegment>> dirty;
    bool isDirectoryDirty = false;
    {
        const std::scoped_lock lock(mutex_);
        dirty.swap(dirty_);
        std::swap(isDirectoryDirty, isDirectoryDirty_);
    }
    for (const auto& segment : dirty) {
        GREFFE_FAILPOINT("spool.segment.sync");
        GREFFE_TRY(syncFile(segment->fd.get()));
    }
    if (!isDirectoryDirty) return {};
    GREFFE_FAILPOINT("spool.directory.sync");
    return syncDirectory(directory_.get());
}

Result<UniqueFd> Segments::openForRead(std::uint32_t number) const {
    return openRegularAt(directory_.get(), segmentName(number));
}

Result<std::string> Segments::read(const BlobRow& row) const {
    GREFFE_TRY_ASSIGN(const UniqueFd fd, openForRead(row.segment));
    if (row.offset < kSegmentHeaderBytes + kRecordHeaderBytes)
        return notWhatTheRowSays(row, "no record can be here");
    GREFFE_TRY_ASSIGN(std::string bytes, readAt(fd.get(), row.offset - kRecordHeaderBytes,
                                                kRecordHeaderBytes + row.sizeBytes + kRecordEndBytes));
    GREFFE_TRY(checkHeader(row, bytes));
    if (bytes.size() < kRecordHeaderBytes + row.sizeBytes)
        return notWhatTheRowSays(row, "the file ends inside this record");
    bytes.resize(kRecordHeaderBytes + row.sizeBytes);
    bytes.erase(0, kRecordHeaderBytes);
    return bytes;
}

Status Segments::copyTo(const BlobRow& row, int toFd) const {
    GREFFE_TRY_ASSIGN(const UniqueFd fd, openForRead(row.segment));
    if (row.offset < kSegmentHeaderBytes + kRecordHeaderBytes)
        return notWhatTheRowSays(row, "no record can be here");
    GREFFE_TRY_ASSIGN(const std::string header,
                      readAt(fd.get(), row.offset - kRecordHeaderBytes, kRecordHeaderBytes));
    GREFFE_TRY(checkHeader(row, header));
    return copyRange(fd.get(), row.offset, row.sizeBytes, toFd);
}

Result<std::vector<std::uint32_t>> Segments::numbers() const {
    std::vector<std::uint32_t> found;
    GREFFE_TRY(listDirectory(directory_.get(), [&](const std::string& name) {
        const std::uint64_t number = std::strtoull(name.c_str(), nullptr, 10);
        if (number > 0 && number <= UINT32_MAX && name == segmentName(static_cast<std::uint32_t>(number)))
            found.push_back(static_cast<std::uint32_t>(number));
        return true;
    }));
    std::sort(found.begin(), found.end());
    return found;
}

Result<std::uint64_t> Segments::readableEnd(std::uint32_t number, int fd) const {
    {
        const std::scoped_lock lock(mutex_);
        if (current_ && current_->number == number) return current_->endBytes;
    }
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsOf(fd));
    return facts.sizeBytes;
}

}  // namespace greffe
