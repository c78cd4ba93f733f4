// SPDX-License-Identifier: Apache-2.0
// The tar.zst half of archive_writer.h: GNU tar headers, whose names are bytes in every locale, through one
// zstd frame of level 3.
#pragma once

#include "archive_writer.h"
#include "counting_sink.h"

#include <archive.h>

namespace greffe::container {

class TarWriter final : public ArchiveWriter {
public:
    TarWriter(const WriterSettings& settings, ByteSink& sink);

    Check add(std::string_view name, std::string_view bytes) override;
    Check finish() override;

private:
    struct FreeArchive {
        void operator()(struct archive* archive) const { archive_write_free(archive); }
    };
    Refusal refusal() const;

    WriterSettings settings_;
    CountingSink out_;
    bool isFull_ = false;
    std::unique_ptr<struct archive, FreeArchive> archive_;
};

}  // namespace greffe::container
