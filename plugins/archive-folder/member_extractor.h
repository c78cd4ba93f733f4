// SPDX-License-Identifier: Apache-2.0
// Takes single members out of a kept dossier: the Transformer of this plugin, for `greffe verify`, which
// looks at the seals of what is in it.
#pragma once

#include "container/archive_reader.h"

#include <greffe/capability/transformer.h>

namespace greffe::archive_folder {

// One input, params {"members": [names]}: an artifact for each name, called "member-001" for the first one
// and so on, in the order in which the container holds them. Rejected: InvalidOptions for other params or
// more than 100 names, BytesLost for a name that is not there, and what the archive reader refuses.
class MemberExtractor final : public Transformer {
public:
    ~MemberExtractor() = default;

    void transform(const DocumentView* documents, std::uint32_t count, Slice paramsJson,
                   Outcome& outcome) noexcept override;

    container::ArchiveReader* reader = nullptr;  // the instance's, while it lives
};

}  // namespace greffe::archive_folder
