// SPDX-License-Identifier: Apache-2.0
// Writes zip and tar.zst archives to a stream. Same members, names, order and settings give the same bytes,
// in every time zone and locale.
//
// The order is the caller's. Nothing is held but the directory of a zip: the members' bytes are read where
// they are, twice (a zip's header, which comes first, holds the checksum and the packed size).
//
// The zip writer is our own because libarchive 3.6.2's writes local time, sets the UTF-8 flag by the locale
// and puts the sizes behind the data when it streams: three environments gave three different files. Its tar
// writer has none of this and is used.
//
// Used by one thread; finish() once.
#pragma once

#include "archive_reader.h"
#include "refusal.h"

#include <greffe/types.h>

#include <cstdint>
#include <memory>
#include <string_view>

namespace greffe::container {

enum class Packing { Stored, Deflated };

struct WriterSettings {
    ArchiveKind kind = ArchiveKind::Zip;  // Zip or TarZstd
    Packing packing = Packing::Stored;    // of a zip; a member that would not shrink is stored anyway
    std::int64_t modifiedUnix = 0;        // of every member; a zip keeps it in UTC, from 1980 to 2107
    // Ends the file with the SHA-256 of all bytes before it (container_digest.h).
    bool hasDigest = false;
};

class ArchiveWriter {
public:
    virtual ~ArchiveWriter() = default;
    // LimitExceeded when the stream takes no more; PluginFault for a name that is not UTF-8.
    virtual Check add(std::string_view name, std::string_view bytes) = 0;
    virtual Check finish() = 0;
};

// The sink outlives the writer.
std::unique_ptr<ArchiveWriter> makeArchiveWriter(const WriterSettings& settings, ByteSink& sink);

}  // namespace greffe::container
