// SPDX-License-Identifier: Apache-2.0
#include "spool/segment_format.h"

#include "base/invariant.h"

#include <cstring>

namespace greffe {
namespace {

constexpr std::string_view kSegmentMagic = "GREFSEG\n";
constexpr std::string_view kRecordMagic = "GREC";
constexpr std::string_view kEndMagic = "END\n";
constexpr std::uint32_t kSegmentVersion = 1;
constexpr unsigned char kRecordVersion = 1;
constexpr std::size_t kChecksumOffset = 56;
constexpr std::size_t kChecksumBytes = 8;

template <class Number>
void put(char* at, Number value) {
    auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(Number); ++i, bits >>= 8U)
        at[i] = static_cast<char>(bits & 0xffU);
}

template <class Number>
Number get(std::string_view bytes, std::size_t at) {
    std::uint64_t bits = 0;
    for (std::size_t i = sizeof(Number); i-- > 0;)
        bits = bits << 8U | static_cast<unsigned char>(bytes[at + i]);
    return static_cast<Number>(bits);
}

void putChecksum(char* header, const Digest& digest) {
    std::memcpy(header + kChecksumOffset, digest.data(), kChecksumBytes);
}

bool hasChecksum(std::string_view header, const Digest& digest) {
    return std::memcmp(header.data() + kChecksumOffset, digest.data(), kChecksumBytes) == 0;
}

// Over everything but the state byte and the checksum itself.
Digest recordChecksum(std::string_view header, const SegmentSalt& salt) {
    Sha256 hash;
    hash.update(salt.data(), salt.size());
    hash.update(header.substr(0, kRecordStateOffset));
    hash.update(header.substr(kRecordStateOffset + 1, kChecksumOffset - kRecordStateOffset - 1));
    return hash.digest();
}

}  // namespace

std::string encodeSegmentHeader(const SegmentHeader& header) {
    std::string bytes(kSegmentHeaderBytes, '\0');
    bytes.replace(0, kSegmentMagic.size(), kSegmentMagic);
    put(bytes.data() + 8, kSegmentVersion);
    put(bytes.data() + 12, header.number);
    put(bytes.data() + 16, header.createdMs);
    std::memcpy(bytes.data() + 24, header.salt.data(), header.salt.size());
    putChecksum(bytes.data(), sha256(std::string_view(bytes).substr(0, kChecksumOffset)));
    return bytes;
}

std::optional<SegmentHeader> decodeSegmentHeader(std::string_view bytes) {
    if (bytes.size() < kSegmentHeaderBytes || bytes.substr(0, kSegmentMagic.size()) != kSegmentMagic ||
        !hasChecksum(bytes, sha256(bytes.substr(0, kChecksumOffset))) ||
        get<std::uint32_t>(bytes, 8) != kSegmentVersion)
        return std::nullopt;
    SegmentHeader header;
    header.number = get<std::uint32_t>(bytes, 12);
    header.createdMs = get<std::int64_t>(bytes, 16);
    std::memcpy(header.salt.data(), bytes.data() + 24, header.salt.size());
    return header;
}

void frameRecord(std::string& record, const RecordHeader& header, const SegmentSalt& salt) {
    GREFFE_INVARIANT(record.size() == kRecordHeaderBytes + header.sizeBytes);
    char* bytes = record.data();
    std::memset(bytes, 0, kRecordHeaderBytes);
    std::memcpy(bytes, kRecordMagic.data(), kRecordMagic.size());
    put(bytes + 4, kRecordVersion);
    bytes[kRecordStateOffset] = header.isErased ? kRecordErased : kRecordLive;
    put(bytes + 8, header.sizeBytes);
    put(bytes + 16, header.createdMs);
    std::memcpy(bytes + 24, header.sha256.data(), header.sha256.size());
    const Digest checksum = recordChecksum(std::string_view(record).substr(0, kRecordHeaderBytes), salt);
    putChecksum(bytes, checksum);
    record += kEndMagic;
    record.append(reinterpret_cast<const char*>(checksum.data()), kRecordEndBytes - kEndMagic.size());
    record.resize(recordBytes(header.sizeBytes), '\0');
}

std::optional<RecordHeader> peekRecordHeader(std::string_view bytes) {
    if (bytes.size() < kRecordHeaderBytes || bytes.substr(0, kRecordMagic.size()) != kRecordMagic ||
        static_cast<unsigned char>(bytes[4]) != kRecordVersion)
        return std::nullopt;
    RecordHeader header;
    header.isErased = bytes[kRecordStateOffset] == kRecordErased;
    header.sizeBytes = get<std::uint64_t>(bytes, 8);
    header.createdMs = get<std::int64_t>(bytes, 16);
    std::memcpy(header.sha256.data(), bytes.data() + 24, header.sha256.size());
    return header;
}

std::optional<RecordHeader> decodeRecordHeader(std::string_view bytes, const SegmentSalt& salt) {
    const auto header = peekRecordHeader(bytes);
    if (!header || !hasChecksum(bytes, recordChecksum(bytes.substr(0, kRecordHeaderBytes), salt)))
        return std::nullopt;
    return header;
}

bool isRecordEnd(std::string_view end, std::string_view headerBytes) {
    return end.size() >= kRecordEndBytes && end.substr(0, kEndMagic.size()) == kEndMagic &&
           end.substr(kEndMagic.size(), kRecordEndBytes - kEndMagic.size()) ==
               headerBytes.substr(kChecksumOffset, kRecordEndBytes - kEndMagic.size());
}

std::uint64_t recordBytes(std::uint64_t sizeBytes) {
    const std::uint64_t bytes = kRecordHeaderBytes + sizeBytes + kRecordEndBytes;
    return (bytes + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

}  // namespace greffe
