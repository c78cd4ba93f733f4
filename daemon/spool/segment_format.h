// SPDX-License-Identifier: Apache-2.0
// The bytes of a segment file (README.md draws them). Pure functions: nothing here touches a disk.
//
// All numbers are little endian. Records start at multiples of eight, so that a reader that lost the chain
// can find it again. Header checksums are salted with random bytes of the file's own header: a document that
// contains a copied or invented record is never taken for one.
#pragma once

#include "base/sha256.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greffe {

inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kRecordHeaderBytes = 64;
inline constexpr std::size_t kRecordEndBytes = 8;
inline constexpr std::size_t kRecordAlignment = 8;
// Of the one byte that is rewritten in place when a record is erased: a single byte cannot be torn.
inline constexpr std::size_t kRecordStateOffset = 5;
inline constexpr char kRecordLive = 'L';
inline constexpr char kRecordErased = 'E';

using SegmentSalt = std::array<unsigned char, 16>;

struct SegmentHeader {
    std::uint32_t number = 0;
    std::int64_t createdMs = 0;
    SegmentSalt salt{};
};

struct RecordHeader {
    std::uint64_t sizeBytes = 0;
    std::int64_t createdMs = 0;
    Digest sha256{};
    bool isErased = false;
};

std::string encodeSegmentHeader(const SegmentHeader& header);
// Nothing when these are not the bytes of a segment's header, or of a version that is not known here.
std::optional<SegmentHeader> decodeSegmentHeader(std::string_view bytes);

// Fills the first kRecordHeaderBytes of `record`, which holds the content behind them, and appends end marker
// and padding.
void frameRecord(std::string& record, const RecordHeader& header, const SegmentSalt& salt);
std::optional<RecordHeader> decodeRecordHeader(std::string_view bytes, const SegmentSalt& salt);
// The same without the checksum, for readers that know from a row what must be there.
std::optional<RecordHeader> peekRecordHeader(std::string_view bytes);
// Whether these eight bytes are the end marker that belongs to this header.
bool isRecordEnd(std::string_view end, std::string_view headerBytes);

// What a record of this content takes in the file.
std::uint64_t recordBytes(std::uint64_t sizeBytes);

}  // namespace greffe
