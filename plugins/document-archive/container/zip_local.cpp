// SPDX-License-Identifier: Apache-2.0
#include "zip_local.h"

#include "utf8.h"
#include "zip_format.h"

namespace greffe::container {
namespace {

std::string named(const ZipEntry& entry) {
    return "member \"" + displayName(entry.name) + "\"";
}

// The bytes behind a member whose sizes were not known when its header was written: [signature] crc packed
// size, with sizes of four or eight bytes. Returns its length, or 0 when nothing there agrees with the entry.
std::size_t descriptorBytes(std::string_view behind, const ZipEntry& entry) {
    for (const bool hasSignature : {true, false}) {
        if (hasSignature && (behind.size() < 4 || u32(behind, 0) != kDescriptorSignature)) continue;
        const std::string_view fields = behind.substr(hasSignature ? 4 : 0);
        if (fields.size() < 12 || u32(fields, 0) != entry.crc32) continue;
        const std::size_t lead = hasSignature ? 4 : 0;
        if (fields.size() >= 20 && u64(fields, 4) == entry.packedBytes && u64(fields, 12) == entry.sizeBytes)
            return lead + 20;
        if (u32(fields, 4) == entry.packedBytes && u32(fields, 8) == entry.sizeBytes) return lead + 12;
    }
    return 0;
}

// Where the entry's data begins, and what its local header says. Text when the two accounts differ.
const char* compareLocalHeader(std::string_view archive, std::uint64_t end, const ZipEntry& entry,
                               std::uint64_t& dataOffset) {
    if (end < kLocalBytes || entry.headerOffset > end - kLocalBytes) return "begins outside the archive";
    const std::string_view header = archive.substr(entry.headerOffset, end - entry.headerOffset);
    if (u32(header, 0) != kLocalSignature) return "has no header where the directory says";
    const std::size_t nameBytes = u16(header, 26), extraBytes = u16(header, 28);
    if (header.size() < kLocalBytes + nameBytes + extraBytes) return "has a header that is cut off";
    if (header.substr(kLocalBytes, nameBytes) != entry.name) return "has another name in its own header";
    if (u16(header, 6) != entry.flags) return "has other flags in its own header";
    if (u16(header, 8) != entry.method) return "has another compression in its own header";
    if (u32(header, 10) != entry.dosTime) return "has another time in its own header";
    std::uint64_t packed = u32(header, 18), size = u32(header, 22);
    const std::string_view extra = header.substr(kLocalBytes + nameBytes, extraBytes);
    if (!readZip64Extra(extra, size, packed, nullptr)) return "has no sizes in its own header";
    // With a descriptor the header may leave them out, each on its own.
    const bool mayBeLeftOut = (entry.flags & kFlagDescriptor) != 0;
    const auto agrees = [&](std::uint64_t here, std::uint64_t there) {
        return here == there || (mayBeLeftOut && here == 0);
    };
    if (!agrees(u32(header, 14), entry.crc32)) return "has another checksum in its own header";
    if (!agrees(packed, entry.packedBytes) || !agrees(size, entry.sizeBytes))
        return "has another size in its own header";
    dataOffset = entry.headerOffset + kLocalBytes + nameBytes + extraBytes;
    return nullptr;
}

}  // namespace

std::string_view findExtra(std::string_view extra, std::uint16_t id) {
    while (extra.size() >= 4) {
        const std::size_t size = u16(extra, 2);
        if (size > extra.size() - 4) return {};
        if (u16(extra, 0) == id) return extra.substr(4, size);
        extra.remove_prefix(4 + size);
    }
    return {};
}

bool readZip64Extra(std::string_view extra, std::uint64_t& sizeBytes, std::uint64_t& packedBytes,
                    std::uint64_t* headerOffset) {
    std::string_view fields = findExtra(extra, kExtraZip64);
    const auto take = [&](std::uint64_t* value) {
        if (value == nullptr || *value != kSaturated32) return true;
        if (fields.size() < 8) return false;
        *value = u64(fields, 0);
        fields.remove_prefix(8);
        return true;
    };
    return take(&sizeBytes) && take(&packedBytes) && take(headerOffset);
}

Check checkLocalHeaders(std::string_view archive, std::uint64_t directoryOffset,
                        const std::vector<ZipEntry>& entries) {
    std::uint64_t end = 0;  // of what is accounted for
    for (const ZipEntry& entry : entries) {
        if (entry.headerOffset < end)
            return unsafe(named(entry) + " overlaps the one before it: one stretch of bytes, read twice");
        if (entry.headerOffset > end)
            return unsafe(std::to_string(entry.headerOffset - end) + " bytes before " + named(entry) +
                          " belong to no member");
        std::uint64_t dataOffset = 0;
        if (const char* const differs = compareLocalHeader(archive, directoryOffset, entry, dataOffset))
            return unsafe(named(entry) + " " + differs);
        if (entry.packedBytes > directoryOffset - dataOffset)
            return unsafe(named(entry) + " is longer than the archive");
        end = dataOffset + entry.packedBytes;
        if ((entry.flags & kFlagDescriptor) != 0) {
            const std::size_t bytes = descriptorBytes(archive.substr(end, directoryOffset - end), entry);
            if (bytes == 0) return unsafe(named(entry) + " has other sizes behind its data");
            end += bytes;
        }
    }
    if (end != directoryOffset)
        return unsafe(std::to_string(directoryOffset - end) +
                      " bytes before the directory belong to no member");
    return {};
}

}  // namespace greffe::container
