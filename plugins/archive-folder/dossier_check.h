// SPDX-License-Identifier: Apache-2.0
// Checks a kept dossier from its bytes alone: no journal, no database, no clock.
#pragma once

#include "container/archive_reader.h"
#include "dossier_metadata.h"
#include "journal_chain.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe::archive_folder {

struct CheckedContainer {
    container::ArchiveKind kind = container::ArchiveKind::Zip;
    Json manifest;
    JournalFacts journal;
    // Everything that is wrong, the member named; the first one is the verdict.
    std::vector<container::Refusal> findings;
};

// NotAccepted: no container of Greffe's, or of a later version. BytesLost: anything in it is not as it was
// written. Cancelled reading is transient.
CheckedContainer checkContainer(std::string_view bytes, container::ArchiveReader& reader);

// The reader's limits for containers that we wrote ourselves: no ratio, large sizes.
container::Limits containerLimits();

}  // namespace greffe::archive_folder
