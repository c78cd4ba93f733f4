// SPDX-License-Identifier: Apache-2.0
// Transformer: takes an archive apart into one artifact a member, or packs documents into one archive.
// Params are listed in README.md.
#pragma once

#include "container/archive_reader.h"

#include <greffe/capability/transformer.h>

namespace greffe::document_archive {

class ArchiveTransformer final : public Transformer {
public:
    ~ArchiveTransformer() = default;

    // Before the first call; the reader outlives this object.
    void setReader(container::ArchiveReader* reader) { reader_ = reader; }

    void transform(const DocumentView* documents, std::uint32_t count, Slice paramsJson,
                   Outcome& outcome) noexcept override;

private:
    container::ArchiveReader* reader_ = nullptr;
};

}  // namespace greffe::document_archive
