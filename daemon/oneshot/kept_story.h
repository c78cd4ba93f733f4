// SPDX-License-Identifier: Apache-2.0
// What a kept dossier says of itself: its manifest, its receipt and its journal, read. The container comes
// from whoever handed it over: everything here is text that a stranger may have written. Pure.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

inline constexpr const char* kManifestMember = "manifest.json";
inline constexpr const char* kReceiptMember = "receipt.json";
inline constexpr const char* kJournalMember = "journal.jsonl";

// A document as the manifest tells of it.
struct ToldDocument {
    std::string member;  // its name in the container; empty: its bytes are not kept
    std::string shown;   // for people
    std::string id, slot, producedBy, derivedFrom, name, sha256, mediaType;
    std::int64_t sizeBytes = 0;

    bool isResult() const { return !producedBy.empty(); }
};

struct KeptStory {
    Json manifest, receipt;
    std::vector<Json> journal;            // a line each, from the first on
    std::vector<ToldDocument> documents;  // as the manifest lists them, those not kept behind the others

    // Since version 2 the journal ends with the beginning of the step that kept the dossier.
    bool saysWhereItEnds() const;
};

// Corrupt, with a sentence that names the member: no JSON, a key twice, too deep.
Result<KeptStory> readKeptStory(std::string_view manifest, std::string_view receipt,
                                std::string_view journal);

}  // namespace greffe
