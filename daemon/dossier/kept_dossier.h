// SPDX-License-Identifier: Apache-2.0
// What is kept of a dossier and until when: what the archive step tells the archiver, computed from the run
// alone, so that a step that runs again after a crash says the same.
//
// Pure functions; the shape of the metadata is described in plugins/archive-folder/README.md.
#pragma once

#include "dossier/dossier_run.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// The last day on which a dossier must be kept: the same day `years` later (UTC), and the last of February
// for the 29th where that year has none (Code de procédure civile, article 641). "2036-11-22".
std::string retentionDate(std::int64_t fromUnixMs, std::int64_t years);

// "2026/11": the subfolder of the archive's path.
std::string keptFolder(std::int64_t atUnixMs);

// Everything that was received, then the results; what was superseded on the way is not kept.
std::vector<DocumentRow> keptDocuments(const std::vector<DocumentRow>& documents);

struct KeptFacts {
    std::string step;  // the archive step's own id: of its effect the story tells the beginning alone
    std::string policy, retentionUntil;
    std::int64_t archivedMs = 0;
    std::string item;  // inside `each`
};

// What stands in a container, for those who verify one. The actions of the journal's first line, of a step
// that was done, and of the last line, whose detail is: "step", "item", "pipeline", "plan", "policy",
// "retention_until", "lines_before", "documents" (a list of "id", "slot", "produced_by", "derived_from",
// "sha256").
inline constexpr std::string_view kAdmitted = "dossier admitted", kStepDone = "step done",
                                  kKeepingBegun = "step begun";
// The receipt's.
inline constexpr const char* kKeptVerdict = "archived";

// The metadata of Archiver::build for `kept`, in the order of the call's inputs.
Json keptMetadata(const DossierRun& run, const std::vector<DocumentRow>& kept, const KeptFacts& facts);

}  // namespace greffe
