// SPDX-License-Identifier: Apache-2.0
// The small blobs: records at the end of segment files, segments/00000001.seg and so on.
//
// append() only writes; flush() makes everything appended before it durable with one sync per segment
// touched. The segment that a crash left with a torn end is never written again: the next append starts a new
// one, so nothing that might be committed is ever cut off. Thread-safe, except that flush() has one caller at
// a time.
#pragma once

#include "base/result.h"
#include "spool/segment_format.h"
#include "store/rows.h"
#include "sys/unique_fd.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace greffe {

struct SegmentRecord;

class Segments {
public:
    // `directoryFd`: the spool's directory, which holds segments/. Looks at the last segment to learn where
    // to go on.
    static Result<std::unique_ptr<Segments>> open(int directoryFd, std::uint64_t segmentBytes);

    // Of a backup: nothing is made or changed, append() and sweep() are not called.
    static Result<std::unique_ptr<Segments>> openReadOnly(int directoryFd);

    // `record` is kRecordHeaderBytes of room followed by the content, whose digest the caller computed.
    Result<BlobRow> append(std::string record, const Digest& digest);
    Status flush();

    // The content of a record; Errc::Corrupt when what is there is not what the row says. The digest is not
    // computed.
    Result<std::string> read(const BlobRow& row) const;
    Status copyTo(const BlobRow& row, int toFd) const;

    using Damaged = std::function<void(const std::string& place, const std::string& what)>;
    // Whether the blob that the journal keeps under this digest is this very record: a second copy, half
    // erased when the process died, is no damage.
    using IsKnown = std::function<Result<bool>(const Digest&, std::uint32_t segment, std::uint64_t offset)>;
    // Whether any row lies in the segment; may be empty: then a segment without a header counts as a loss
    // when it is longer than one.
    using IsUsed = std::function<Result<bool>(std::uint32_t segment)>;
    Status verify(const IsKnown& isKnown, const IsUsed& isUsed, const Damaged& damaged) const;

    struct Erased {
        std::uint64_t records = 0, bytes = 0;
    };
    // Erases the records made before `beforeMs` that `isNeeded` answers false for.
    using IsNeeded = std::function<Result<bool>(const Digest&, std::uint32_t segment, std::uint64_t offset)>;
    Result<Erased> sweep(const IsNeeded& isNeeded, std::int64_t beforeMs);

    // Copies every segment, as far as it is written now, to segments/ below another directory.
    using Copied = std::function<Status(std::uint64_t bytes)>;
    Status backupTo(int directoryFd, const Copied& copied) const;

private:
    struct OpenSegment;

    Segments(UniqueFd directory, std::uint64_t segmentBytes);

    Status resume();
    Status startSegment();
    Result<UniqueFd> openForRead(std::uint32_t number) const;
    Result<std::vector<std::uint32_t>> numbers() const;
    // How far a segment may be read: what append() finished, or the file's size.
    Result<std::uint64_t> readableEnd(std::uint32_t number, int fd) const;
    Status verifyOne(std::uint32_t number, const IsKnown& isKnown, const IsUsed& isUsed,
                     const Damaged& damaged) const;
    Status eraseRecords(std::uint32_t number, const std::vector<SegmentRecord>& records) const;

    const UniqueFd directory_;
    const std::uint64_t segmentBytes_;

    mutable std::mutex mutex_;
    std::shared_ptr<OpenSegment> current_;             // null: the next append starts a new one
    std::uint32_t lastNumber_ = 0;                     // in use or used up
    std::vector<std::shared_ptr<OpenSegment>> dirty_;  // written since the last flush
    bool isDirectoryDirty_ = false;
};

std::string segmentName(std::uint32_t number);  // "00000001.seg"

}  // namespace greffe
