// SPDX-License-Identifier: Apache-2.0
// Reads and checks a zip file's central directory before any other reader sees the file.
//
// A zip file says everything twice, in its directory and before each member, and readers differ in what they
// believe: libarchive 3.6.2 reads one entry of an archive whose directory lists 250. Accepted is only what
// every reader must read the same way: both accounts are equal, every byte of the file belongs to exactly one
// member or to the directory, and there is one directory, at the end.
//
// Stateless. The entries' names point into the archive's bytes.
#pragma once

#include "limits.h"
#include "refusal.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace greffe::container {

struct ZipEntry {
    std::string_view name;
    std::uint16_t flags = 0, method = 0;
    std::uint32_t dosTime = 0;
    std::uint32_t crc32 = 0;
    std::uint64_t packedBytes = 0, sizeBytes = 0;
    std::uint64_t headerOffset = 0;  // of the local header
    bool isDirectory = false;
};

struct ZipDirectory {
    std::vector<ZipEntry> entries;  // in the order in which they stand in the file
    std::string_view comment;
    std::uint64_t commentOffset = 0;
    bool isZip64 = false;
};

// Malformed: it is no whole zip file. Encrypted. NotAccepted: a compression that is not read here.
// ArchiveUnsafe: two accounts that differ, overlaps, bytes that belong to nobody, links, names, limits.
Check readZipDirectory(std::string_view archive, const Limits& limits, ZipDirectory& directory);

}  // namespace greffe::container
