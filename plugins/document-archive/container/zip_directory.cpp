// SPDX-License-Identifier: Apache-2.0
#include "zip_directory.h"

#include "member_names.h"
#include "utf8.h"
#include "zip_format.h"
#include "zip_local.h"

#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>

namespace greffe::container {
namespace {

constexpr std::uint8_t kMadeOnUnix = 3, kMadeOnMac = 19;
constexpr std::uint32_t kDosDirectory = 0x10;

// The directory's place and size, from the record at the end of the file.
struct DirectoryEnd {
    std::uint64_t offset = 0, sizeBytes = 0, count = 0;
    std::uint64_t recordOffset = 0;  // where the first of the end records begins
};

// The end record is found from behind: the one whose comment reaches exactly the end of the file. Where two
// fit, a comment hides a second directory and readers disagree.
Check findEnd(std::string_view archive, std::size_t& at) {
    if (archive.size() < kEndBytes) return malformed("the zip file is cut off: it has no directory");
    const std::size_t longest = std::min(archive.size() - kEndBytes, std::size_t{0xffff});
    bool isFound = false;
    for (std::size_t commentBytes = 0; commentBytes <= longest; ++commentBytes) {
        const std::size_t candidate = archive.size() - kEndBytes - commentBytes;
        if (archive[candidate] != 'P' || u32(archive, candidate) != kEndSignature) continue;
        if (u16(archive, candidate + 20) != commentBytes) continue;
        if (isFound) return unsafe("the zip file has two directories: its comment hides one");
        isFound = true;
        at = candidate;
    }
    if (!isFound)
        return malformed("the zip file is cut off, or bytes were added to it: no directory ends it");
    return {};
}

// Reads the zip64 end record, when there is one, and demands that the old record agrees wherever it can.
Check readEnd64(std::string_view archive, std::size_t endAt, DirectoryEnd& end, bool& isZip64) {
    isZip64 = endAt >= kLocator64Bytes && u32(archive, endAt - kLocator64Bytes) == kLocator64Signature;
    if (!isZip64) return {};  // 65,535 entries are possible without one
    const std::string_view locator = archive.substr(endAt - kLocator64Bytes, kLocator64Bytes);
    const std::uint64_t at = u64(locator, 8);
    const std::uint64_t room = endAt - kLocator64Bytes;
    if (u32(locator, 4) != 0 || u32(locator, 16) != 1)
        return malformed("the zip file is one part of several");
    if (room < kEnd64Bytes || at > room - kEnd64Bytes || u32(archive, at) != kEnd64Signature ||
        u64(archive, at + 4) != room - at - 12)
        return unsafe("the zip64 record is not where the file says");
    if (u32(archive, at + 16) != 0 || u32(archive, at + 20) != 0 ||
        u64(archive, at + 24) != u64(archive, at + 32))
        return malformed("the zip file is one part of several");
    const DirectoryEnd wide{u64(archive, at + 48), u64(archive, at + 40), u64(archive, at + 32), at};
    const auto agrees = [](std::uint64_t narrow, std::uint64_t value, std::uint64_t saturated) {
        return narrow == value || narrow == saturated;
    };
    if (!agrees(end.count, wide.count, kSaturated16) ||
        !agrees(end.sizeBytes, wide.sizeBytes, kSaturated32) ||
        !agrees(end.offset, wide.offset, kSaturated32))
        return unsafe("the two end records of the zip file differ");
    end = wide;
    return {};
}

bool isDirectoryEntry(std::string_view name, std::uint32_t attributes, std::uint8_t madeOn) {
    const mode_t mode = attributes >> 16U;
    if ((madeOn == kMadeOnUnix || madeOn == kMadeOnMac) && (mode & S_IFMT) != 0) return S_ISDIR(mode);
    return (!name.empty() && name.back() == '/') || (attributes & kDosDirectory) != 0;
}

// Only plain files and folders; a link or a device is a file of a few bytes to most readers, and something
// else to some.
Check checkKind(const ZipEntry& entry, std::uint32_t attributes, std::uint8_t madeOn) {
    const std::string who = "member \"" + displayName(entry.name) + "\"";
    const mode_t type = (madeOn == kMadeOnUnix || madeOn == kMadeOnMac) ? attributes >> 16U & S_IFMT : 0;
    if (type != 0 && type != S_IFREG && type != S_IFDIR)
        return unsafe(who + (type == S_IFLNK ? " is a link" : " is a device or a pipe"));
    if (entry.isDirectory != (entry.name.back() == '/'))
        return unsafe(who + " is a folder to some readers and a file to others");
    if (entry.isDirectory && entry.sizeBytes != 0) return unsafe(who + " is a folder with bytes");
    return {};
}

Check checkFormat(const ZipEntry& entry) {
    const std::string who = "member \"" + displayName(entry.name) + "\"";
    if ((entry.flags & (kFlagEncrypted | kFlagStrongEncryption | kFlagMasked)) != 0)
        return Refusal{Reason::Encrypted, who + " is encrypted", false};
    if ((entry.flags & kFlagPatch) != 0 || (entry.method != kMethodStored && entry.method != kMethodDeflated))
        return Refusal{Reason::NotAccepted,
                       who + " is compressed by method " + std::to_string(entry.method) +
                           "; stored and deflated members are read",
                       false};
    if (entry.method == kMethodStored && entry.packedBytes != entry.sizeBytes)
        return unsafe(who + " is stored and has two sizes");
    if ((entry.flags & kFlagUtf8) != 0 && !isUtf8(entry.name))
        return unsafe(who + " has a name that is not the UTF-8 it says it is");
    return {};
}

// What the directory says of sizes; the bytes themselves are counted again while they are read.
Check checkSizes(const ZipEntry& entry, const Limits& limits, std::uint64_t& total) {
    const std::string who = "member \"" + displayName(entry.name) + "\"";
    if (entry.sizeBytes > limits.maxMemberBytes)
        return unsafe(who + " has " + std::to_string(entry.sizeBytes) +
                      " bytes, more than a member may have");
    total += entry.sizeBytes;
    if (total > limits.maxTotalBytes)
        return unsafe("the members together have more than " + std::to_string(limits.maxTotalBytes) +
                      " bytes");
    if (limits.maxRatio != 0 && entry.sizeBytes > limits.ratioFreeBytes &&
        entry.sizeBytes / limits.maxRatio > entry.packedBytes)
        return unsafe(who + " is more than " + std::to_string(limits.maxRatio) +
                      " times larger than its packed bytes");
    return {};
}

// A second name that some readers take instead of the first (Info-ZIP's Unicode path). It must be as
// harmless.
Check checkOtherName(std::string_view extra, const ZipEntry& entry, const Limits& limits) {
    const std::string_view field = findExtra(extra, kExtraUnicodeName);
    if (field.size() < 5) return {};
    const auto* const name = reinterpret_cast<const Bytef*>(entry.name.data());
    if (u32(field, 1) != crc32(0, name, static_cast<uInt>(entry.name.size())))
        return {};  // out of date: ignored
    MemberNames other(limits);
    return other.add(field.substr(5), entry.isDirectory);
}

Check readEntry(std::string_view& records, const Limits& limits, MemberNames& names, std::uint64_t& total,
                ZipEntry& entry) {
    if (records.size() < kCentralBytes || u32(records, 0) != kCentralSignature)
        return malformed("the zip file's directory is damaged");
    const std::size_t nameBytes = u16(records, 28), extraBytes = u16(records, 30);
    const std::size_t all = kCentralBytes + nameBytes + extraBytes + u16(records, 32);
    if (records.size() < all) return malformed("the zip file's directory is cut off");
    entry.name = records.substr(kCentralBytes, nameBytes);
    entry.flags = u16(records, 8);
    entry.method = u16(records, 10);
    entry.dosTime = u32(records, 12);
    entry.crc32 = u32(records, 16);
    entry.packedBytes = u32(records, 20);
    entry.sizeBytes = u32(records, 24);
    entry.headerOffset = u32(records, 42);
    const std::string_view extra = records.substr(kCentralBytes + nameBytes, extraBytes);
    const std::uint32_t attributes = u32(records, 38);
    const auto madeOn = static_cast<std::uint8_t>(records[5]);
    entry.isDirectory = isDirectoryEntry(entry.name, attributes, madeOn);
    if (Check no = names.add(entry.name, entry.isDirectory)) return no;
    if (!readZip64Extra(extra, entry.sizeBytes, entry.packedBytes, &entry.headerOffset) ||
        u16(records, 34) != 0)
        return malformed("member \"" + displayName(entry.name) + "\" is in another part of the archive");
    if (Check no = checkFormat(entry)) return no;
    if (Check no = checkKind(entry, attributes, madeOn)) return no;
    if (Check no = checkSizes(entry, limits, total)) return no;
    if (Check no = checkOtherName(extra, entry, limits)) return no;
    records.remove_prefix(all);
    return {};
}

}  // namespace

Check readZipDirectory(std::string_view archive, const Limits& limits, ZipDirectory& directory) {
    std::size_t endAt = 0;
    if (Check no = findEnd(archive, endAt)) return no;
    if (u16(archive, endAt + 4) != 0 || u16(archive, endAt + 6) != 0 ||
        u16(archive, endAt + 8) != u16(archive, endAt + 10))
        return malformed("the zip file is one part of several");
    DirectoryEnd end{u32(archive, endAt + 16), u32(archive, endAt + 12), u16(archive, endAt + 10), endAt};
    if (Check no = readEnd64(archive, endAt, end, directory.isZip64)) return no;
    directory.comment = archive.substr(endAt + kEndBytes);
    directory.commentOffset = endAt + kEndBytes;
    if (end.offset > end.recordOffset || end.sizeBytes != end.recordOffset - end.offset)
        return unsafe("the zip file's directory is not where its end says: bytes stand before the archive");
    if (end.count > limits.maxEntries)
        return unsafe("the archive has " + std::to_string(end.count) + " entries; " +
                      std::to_string(limits.maxEntries) + " are read at most");
    std::string_view records = archive.substr(end.offset, end.sizeBytes);
    if (end.count > records.size() / kCentralBytes) return malformed("the zip file's directory is cut off");

    MemberNames names(limits);
    std::uint64_t total = 0;
    directory.entries.clear();
    directory.entries.reserve(end.count);
    for (std::uint64_t i = 0; i < end.count; ++i)
        if (Check no = readEntry(records, limits, names, total, directory.entries.emplace_back())) return no;
    if (!records.empty()) return unsafe("the zip file's directory lists more members than it counts");
    if (Check no = names.finish()) return no;
    std::stable_sort(directory.entries.begin(), directory.entries.end(),
                     [](const ZipEntry& a, const ZipEntry& b) { return a.headerOffset < b.headerOffset; });
    return checkLocalHeaders(archive, end.offset, directory.entries);
}

}  // namespace greffe::container
