// SPDX-License-Identifier: Apache-2.0
// Reads the members of a zip or tar archive, one after the other, from bytes that are mapped; nothing is ever
// written under a member's name, and no more than a buffer is held.
//
// Formats: zip (stored, deflated), tar plain, .gz and .zst. Archives inside archives are members like others
// (depth 1). Plain folders are passed over; links, devices, holes and encrypted members refuse the archive.
//
// libarchive does the decoding, with these formats and filters alone. It ends the process when memory ends
// (__archive_errx), which is why this runs in a worker.
//
// A reader is used by one thread at a time.
#pragma once

#include "limits.h"
#include "refusal.h"

#include <greffe/host.h>

#include <clocale>
#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::container {

enum class ArchiveKind { Zip, Tar, TarGzip, TarZstd };
std::string_view kindName(ArchiveKind kind);  // "zip", "tar", "tar.gz", "tar.zst"

struct ArchiveSummary {
    ArchiveKind kind = ArchiveKind::Zip;
    std::uint32_t members = 0, folders = 0;
    std::uint64_t totalBytes = 0;
    std::string_view comment;  // of a zip
    std::string firstFolder;   // its name, of the folders' entries
};

struct Member {
    std::uint32_t index = 0;  // from 0, folders not counted
    std::string_view name;    // bytes; valid during the call
    std::uint64_t sizeBytes = 0;
};

// Gets every member: begin, bytes any number of times, end. A refusal ends the reading with it.
class MemberVisitor {
public:
    virtual Check begin(const Member& member) = 0;
    virtual Check bytes(std::string_view chunk) = 0;
    virtual Check end() = 0;

protected:
    ~MemberVisitor() = default;
};

// How sure one can be after the first bytes, 0 to 100.
std::uint32_t probeArchive(std::string_view firstBytes);
// NotAccepted for what is no archive of ours, with its name where it is known.
Check detectKind(std::string_view archive, ArchiveKind& kind);

class ArchiveReader {
public:
    explicit ArchiveReader(const Limits& limits = {}, CancelService* cancel = nullptr);
    ~ArchiveReader();
    ArchiveReader(const ArchiveReader&) = delete;
    ArchiveReader& operator=(const ArchiveReader&) = delete;

    // EmptyFile: no member in it. Otherwise as zip_directory.h says, or Malformed with libarchive's reason.
    Check read(std::string_view archive, MemberVisitor& visitor, ArchiveSummary& summary);

private:
    Limits limits_;
    CancelService* cancel_;
    // libarchive gives names in the thread's locale, "?" for what it lacks. A worker runs in "C".
    locale_t locale_;
};

}  // namespace greffe::container
