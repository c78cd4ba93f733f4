// SPDX-License-Identifier: Apache-2.0
// What an archive is, from its first bytes.
#include "archive_reader.h"

#include <cstdlib>

namespace greffe::container {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kTarBlock = 512;

struct Magic {
    std::string_view bytes;
    std::size_t at;
    std::string_view name;
};
constexpr Magic kForeign[] = {
    {"7z\xbc\xaf\x27\x1c"sv, 0, "7-Zip"},
    {"Rar!\x1a\x07"sv, 0, "RAR"},
    {"RE~^"sv, 0, "RAR"},
    {"MSCF"sv, 0, "cabinet"},
    {"\xfd"
     "7zXZ"sv,
     0, "xz"},
    {"BZh"sv, 0, "bzip2"},
    {"\x1f\x9d"sv, 0, "compress"},
    {"\x1f\xa0"sv, 0, "compress"},
    {"CD001"sv, 32769, "ISO 9660"},
    {"!<arch>\n"sv, 0, "ar"},
    {"070701"sv, 0, "cpio"},
    {"xar!"sv, 0, "xar"},
    {"PK00PK\3\4"sv, 0, "part of a zip"},
    {"PK\7\x08"sv, 0, "part of a zip"},
};

bool has(std::string_view bytes, std::string_view magic, std::size_t at = 0) {
    return bytes.size() >= at + magic.size() && bytes.substr(at, magic.size()) == magic;
}

// The header's sum of its own bytes, with blanks for the sum itself: old tars have no other mark.
bool hasTarChecksum(std::string_view bytes) {
    if (bytes.size() < kTarBlock || bytes[0] == '\0') return false;
    const std::string field(bytes.substr(148, 8));
    char* end = nullptr;
    const unsigned long wanted = std::strtoul(field.c_str(), &end, 8);
    if (end == field.c_str()) return false;
    unsigned long sum = 8UL * ' ';
    for (std::size_t i = 0; i < kTarBlock; ++i)
        if (i < 148 || i >= 156) sum += static_cast<unsigned char>(bytes[i]);
    return sum == wanted;
}

bool isTar(std::string_view bytes) {
    return has(bytes, "ustar", 257) || hasTarChecksum(bytes);
}

}  // namespace

std::string_view kindName(ArchiveKind kind) {
    switch (kind) {
        case ArchiveKind::Zip: return "zip";
        case ArchiveKind::Tar: return "tar";
        case ArchiveKind::TarGzip: return "tar.gz";
        case ArchiveKind::TarZstd: return "tar.zst";
    }
    return "";
}

std::uint32_t probeArchive(std::string_view firstBytes) {
    ArchiveKind kind{};
    if (detectKind(firstBytes, kind)) return 0;
    // What is inside a compressed file is not known yet.
    return kind == ArchiveKind::TarGzip || kind == ArchiveKind::TarZstd ? 60 : 95;
}

Check detectKind(std::string_view archive, ArchiveKind& kind) {
    if (archive.empty()) return Refusal{Reason::EmptyFile, "the file is empty", false};
    for (const Magic& magic : kForeign)
        if (has(archive, magic.bytes, magic.at))
            return Refusal{
                Reason::NotAccepted,
                "the file is " + std::string(magic.name) + "; zip, tar, tar.gz and tar.zst are read", false};
    if (has(archive, "PK\3\4") || has(archive, "PK\5\6"))
        kind = ArchiveKind::Zip;
    else if (has(archive, "\x1f\x8b"))
        kind = ArchiveKind::TarGzip;
    else if (has(archive, "\x28\xb5\x2f\xfd"))
        kind = ArchiveKind::TarZstd;
    else if (isTar(archive))
        kind = ArchiveKind::Tar;
    else
        return Refusal{Reason::NotAccepted, "the file is neither zip nor tar", false};
    return {};
}

}  // namespace greffe::container
