// SPDX-License-Identifier: Apache-2.0
#include "spool/segment_walk.h"

#include <unistd.h>

#include <cerrno>

namespace greffe {

Result<std::string> readAt(int fd, std::uint64_t offset, std::uint64_t sizeBytes) {
    std::string bytes(static_cast<std::size_t>(sizeBytes), '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t got =
            pread(fd, bytes.data() + have, bytes.size() - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return systemError("cannot read", errno);
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

Result<std::optional<SegmentRecord>> SegmentWalk::recordAt(std::uint64_t position) const {
    const std::optional<SegmentRecord> none;
    if (position + kRecordHeaderBytes + kRecordEndBytes > endBytes_) return none;
    GREFFE_TRY_ASSIGN(const std::string bytes, readAt(fd_, position, kRecordHeaderBytes));
    const auto header = decodeRecordHeader(bytes, salt_);
    if (!header) return none;
    const std::uint64_t room = endBytes_ - position - kRecordHeaderBytes - kRecordEndBytes;
    if (header->sizeBytes > room) return none;  // torn: its end was never written
    SegmentRecord record{position + kRecordHeaderBytes, *header, false};
    GREFFE_TRY_ASSIGN(const std::string end, readAt(fd_, record.offset + header->sizeBytes, kRecordEndBytes));
    record.hasEnd = isRecordEnd(end, bytes);
    return std::optional<SegmentRecord>(record);
}

Result<std::uint64_t> SegmentWalk::findRecord(std::uint64_t from) const {
    constexpr std::uint64_t kWindow = 65536;
    for (; from < endBytes_; from += kWindow) {
        GREFFE_TRY_ASSIGN(const std::string window, readAt(fd_, from, kWindow + kRecordHeaderBytes));
        for (std::uint64_t at = 0; at < kWindow && at + kRecordHeaderBytes <= window.size();
             at += kRecordAlignment) {
            if (decodeRecordHeader(std::string_view(window).substr(at, kRecordHeaderBytes), salt_))
                return from + at;
        }
    }
    return endBytes_;
}

Result<std::optional<SegmentRecord>> SegmentWalk::next() {
    gap_.reset();
    const std::uint64_t start = position_;
    while (position_ < endBytes_) {
        GREFFE_TRY_ASSIGN(const auto record, recordAt(position_));
        if (record) {
            position_ += recordBytes(record->header.sizeBytes);
            return record;
        }
        GREFFE_TRY_ASSIGN(position_, findRecord(position_ + kRecordAlignment));
        gap_ = SegmentGap{start, std::min(position_, endBytes_) - start};
    }
    return std::optional<SegmentRecord>();
}

}  // namespace greffe
