// SPDX-License-Identifier: Apache-2.0
// What happens to segments long after they were written: verify, sweep, backup.
#include "base/failpoint.h"
#include "spool/segment_walk.h"
#include "spool/segments.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace greffe {
namespace {

constexpr std::size_t kReadBytes = 1U << 20U;

std::string placeOf(std::uint32_t number, std::uint64_t offset) {
    return fmt::format("segments/{}@{}", segmentName(number), offset);
}

// A gap holds a known document when its header still names one, or when the size in the header leads to the
// content of one. What a crash left half-written is neither.
Result<bool> hidesKnown(int fd, std::uint32_t number, const SegmentGap& gap,
                        const Segments::IsKnown& isKnown) {
    GREFFE_TRY_ASSIGN(const std::string bytes, readAt(fd, gap.offset, gap.sizeBytes));
    if (bytes.size() < kRecordHeaderBytes) return false;
    const std::uint64_t content = gap.offset + kRecordHeaderBytes;
    RecordHeader header;
    std::string patched = bytes.substr(0, kRecordHeaderBytes);
    patched.replace(0, kRecordStateOffset, std::string_view("GREC\1", kRecordStateOffset));
    if (const auto peeked = peekRecordHeader(patched)) header = *peeked;
    GREFFE_TRY_ASSIGN(const bool namesKnown, isKnown(header.sha256, number, content));
    if (namesKnown) return true;
    if (header.sizeBytes > bytes.size() - kRecordHeaderBytes) return false;
    return isKnown(sha256(std::string_view(bytes).substr(kRecordHeaderBytes, header.sizeBytes)), number,
                   content);
}

Status overwriteWithZeros(int fd, std::uint64_t offset, std::uint64_t sizeBytes) {
    const std::string zeros(65536, '\0');
    while (sizeBytes > 0) {
        const std::uint64_t now = std::min<std::uint64_t>(sizeBytes, zeros.size());
        GREFFE_TRY(writeAllAt(fd, std::string_view(zeros).substr(0, now), offset));
        offset += now;
        sizeBytes -= now;
    }
    return {};
}

}  // namespace

Status Segments::verify(const IsKnown& isKnown, const IsUsed& isUsed, const Damaged& damaged) const {
    GREFFE_TRY_ASSIGN(const std::vector<std::uint32_t> all, numbers());
    for (const std::uint32_t number : all)
        GREFFE_TRY(verifyOne(number, isKnown, isUsed, damaged));
    return {};
}

Status Segments::verifyOne(std::uint32_t number, const IsKnown& isKnown, const IsUsed& isUsed,
                           const Damaged& damaged) const {
    GREFFE_TRY_ASSIGN(const UniqueFd fd, openForRead(number));
    GREFFE_TRY_ASSIGN(const std::uint64_t endBytes, readableEnd(number, fd.get()));
    GREFFE_TRY_ASSIGN(const std::string headerBytes, readAt(fd.get(), 0, kSegmentHeaderBytes));
    const auto header = decodeSegmentHeader(headerBytes);
    if (!header || header->number != number) {
        // A power cut before a segment's first sync leaves a file of any length, of zeros or of some of its
        // pages, and nothing in it was promised to anybody.
        Result<bool> isLoss = endBytes > kSegmentHeaderBytes;
        if (isUsed) isLoss = isUsed(number);
        if (!isLoss) return isLoss.error();
        if (*isLoss) damaged(placeOf(number, 0), "the segment's header is damaged");
        return {};
    }
    SegmentWalk walk(fd.get(), header->salt, endBytes);
    for (;;) {
        GREFFE_TRY_ASSIGN(const auto record, walk.next());
        if (walk.gap()) {
            GREFFE_TRY_ASSIGN(const bool isLoss, hidesKnown(fd.get(), number, *walk.gap(), isKnown));
            if (isLoss) damaged(placeOf(number, walk.gap()->offset), "the header of a record is damaged");
        }
        if (!record) return {};
        if (record->header.isErased) continue;
        GREFFE_TRY_ASSIGN(const std::string bytes,
                          readAt(fd.get(), record->offset, record->header.sizeBytes));
        const bool isWhole = sha256(bytes) == record->header.sha256;
        if (isWhole && record->hasEnd) continue;
        GREFFE_TRY_ASSIGN(const bool known, isKnown(record->header.sha256, number, record->offset));
        if (known)
            damaged(placeOf(number, record->offset),
                    fmt::format("{}: {}", toHex(record->header.sha256),
                                isWhole ? "its end marker is damaged" : "its bytes do not match its digest"));
    }
}

Result<Segments::Erased> Segments::sweep(const IsNeeded& isNeeded, std::int64_t beforeMs) {
    Erased erased;
    GREFFE_TRY_ASSIGN(const std::vector<std::uint32_t> all, numbers());
    for (const std::uint32_t number : all) {
        GREFFE_TRY_ASSIGN(const UniqueFd fd, openForRead(number));
        GREFFE_TRY_ASSIGN(const std::uint64_t endBytes, readableEnd(number, fd.get()));
        GREFFE_TRY_ASSIGN(const std::string headerBytes, readAt(fd.get(), 0, kSegmentHeaderBytes));
        const auto header = decodeSegmentHeader(headerBytes);
        if (!header) continue;  // verify names it
        std::vector<SegmentRecord> unneeded;
        SegmentWalk walk(fd.get(), header->salt, endBytes);
        for (;;) {
            GREFFE_TRY_ASSIGN(const auto record, walk.next());
            if (!record) break;
            if (record->header.isErased || record->header.createdMs >= beforeMs) continue;
            GREFFE_TRY_ASSIGN(const bool needed, isNeeded(record->header.sha256, number, record->offset));
            if (!needed) unneeded.push_back(*record);
        }
        if (unneeded.empty()) continue;
        GREFFE_TRY(eraseRecords(number, unneeded));
        erased.records += unneeded.size();
        for (const SegmentRecord& record : unneeded)
            erased.bytes += record.header.sizeBytes;
    }
    return erased;
}

Status Segments::eraseRecords(std::uint32_t number, const std::vector<SegmentRecord>& records) const {
    const UniqueFd fd(openat(directory_.get(), segmentName(number).c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return systemError(fmt::format("cannot open segments/{}", segmentName(number)), errno);
    // Content first, mark second: a crash in between leaves a live record that the next sweep erases again.
    for (const SegmentRecord& record : records)
        GREFFE_TRY(overwriteWithZeros(fd.get(), record.offset, record.header.sizeBytes));
    GREFFE_FAILPOINT("spool.sweep");
    GREFFE_TRY(syncFile(fd.get()));
    for (const SegmentRecord& record : records) {
        const std::uint64_t state = record.offset - kRecordHeaderBytes + kRecordStateOffset;
        GREFFE_TRY(writeAllAt(fd.get(), std::string_view(&kRecordErased, 1), state));
    }
    GREFFE_TRY(syncFile(fd.get()));
    for (const SegmentRecord& record : records) {
        // Gives the blocks back; a file system that cannot keeps the zeros.
        static_cast<void>(fallocate(fd.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                    static_cast<off_t>(record.offset),
                                    static_cast<off_t>(record.header.sizeBytes)));
    }
    return {};
}

Status Segments::backupTo(int directoryFd, const Copied& copied) const {
    GREFFE_TRY(makeDirectoryAt(directoryFd, "segments"));
    GREFFE_TRY(syncDirectory(directoryFd));
    GREFFE_TRY_ASSIGN(const UniqueFd target, openDirectoryAt(directoryFd, "segments"));
    GREFFE_TRY_ASSIGN(const std::vector<std::uint32_t> all, numbers());
    for (const std::uint32_t number : all) {
        GREFFE_TRY_ASSIGN(const UniqueFd fd, openForRead(number));
        GREFFE_TRY_ASSIGN(const std::uint64_t endBytes, readableEnd(number, fd.get()));
        GREFFE_TRY_ASSIGN(const UniqueFd copy, openUnnamed(target.get(), 0640));
        // Read and written, not copy_file_range: a file system that can would share the blocks.
        for (std::uint64_t at = 0; at < endBytes;) {
            GREFFE_TRY_ASSIGN(const std::string bytes,
                              readAt(fd.get(), at, std::min<std::uint64_t>(kReadBytes, endBytes - at)));
            if (bytes.empty())
                return makeError(Errc::Corrupt, fmt::format("segments/{} ends early", segmentName(number)));
            GREFFE_TRY(writeAll(copy.get(), bytes));
            GREFFE_TRY(copied(bytes.size()));
            at += bytes.size();
        }
        GREFFE_TRY(syncFile(copy.get()));
        GREFFE_TRY(linkUnnamed(copy.get(), target.get(), segmentName(number)));
    }
    return syncDirectory(target.get());
}

}  // namespace greffe
