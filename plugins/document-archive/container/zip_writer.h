// SPDX-License-Identifier: Apache-2.0
// The zip half of archive_writer.h: stored or deflated, UTF-8 names, zip64 where a number needs it, no
// descriptors, no extra fields besides.
#pragma once

#include "archive_writer.h"
#include "counting_sink.h"

#include <string>

namespace greffe::container {

class ZipWriter final : public ArchiveWriter {
public:
    ZipWriter(const WriterSettings& settings, ByteSink& sink);

    Check add(std::string_view name, std::string_view bytes) override;
    Check finish() override;

private:
    struct Packed {
        bool isDeflated = false;
        std::uint32_t crc32 = 0;
        std::uint64_t packedBytes = 0, sizeBytes = 0;
    };
    Packed measure(std::string_view bytes) const;
    std::string endRecords(std::uint64_t directoryOffset) const;

    WriterSettings settings_;
    CountingSink out_;
    std::uint32_t dosTime_;
    std::string directory_;
    std::uint64_t members_ = 0;
};

}  // namespace greffe::container
