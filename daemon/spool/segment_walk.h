// SPDX-License-Identifier: Apache-2.0
// Reads a segment record by record, headers only, and finds the chain again behind bytes that are not
// records: the torn end that a crash leaves, or damage.
#pragma once

#include "base/result.h"
#include "spool/segment_format.h"

namespace greffe {

struct SegmentRecord {
    std::uint64_t offset = 0;  // of the content
    RecordHeader header;
    bool hasEnd = false;  // its end marker is there
};

// A stretch of the file that belongs to no readable record.
struct SegmentGap {
    std::uint64_t offset = 0;
    std::uint64_t sizeBytes = 0;
};

class SegmentWalk {
public:
    // Looks at the file up to `endBytes`. The descriptor must stay open.
    SegmentWalk(int fd, const SegmentSalt& salt, std::uint64_t endBytes)
        : fd_(fd), salt_(salt), endBytes_(endBytes) {}

    // The next record, or nothing at the end.
    Result<std::optional<SegmentRecord>> next();

    // What was stepped over before the record that next() just answered, or before the end.
    const std::optional<SegmentGap>& gap() const { return gap_; }
    // Where the next record begins.
    std::uint64_t position() const { return position_; }

private:
    Result<std::optional<SegmentRecord>> recordAt(std::uint64_t position) const;
    Result<std::uint64_t> findRecord(std::uint64_t from) const;

    int fd_;
    SegmentSalt salt_;
    std::uint64_t endBytes_;
    std::uint64_t position_ = kSegmentHeaderBytes;
    std::optional<SegmentGap> gap_;
};

// Up to `sizeBytes` from `offset`; fewer only at the file's end.
Result<std::string> readAt(int fd, std::uint64_t offset, std::uint64_t sizeBytes);

}  // namespace greffe
