// SPDX-License-Identifier: Apache-2.0
// DocumentHandler for zip, tar, tar.gz and tar.zst. Facts and the profile's keys are listed in README.md.
#pragma once

#include "container/archive_reader.h"

#include <greffe/capability/document_handler.h>

namespace greffe::document_archive {

class ArchiveHandler final : public DocumentHandler {
public:
    ~ArchiveHandler() = default;

    // Before the first call; the reader outlives this object.
    void setReader(container::ArchiveReader* reader) { reader_ = reader; }

    std::uint32_t probe(Slice firstBytes) noexcept override;
    void inspect(const DocumentView& document, Outcome& outcome) noexcept override;
    void validate(const DocumentView& document, Slice profileJson, Outcome& outcome) noexcept override;

private:
    container::ArchiveReader* reader_ = nullptr;
};

}  // namespace greffe::document_archive
