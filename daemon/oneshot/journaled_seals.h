// SPDX-License-Identifier: Apache-2.0
// The seals that a kept dossier's journal tells of, compared with what the signatures in its documents carry.
// Pure.
#pragma once

#include "base/json.h"
#include "oneshot/kept_story.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

// The line of a step that sealed.
struct JournaledSeal {
    std::size_t line = 0;  // from 1
    std::string step, certificate, level;
    std::int64_t signingUnix = 0;
    std::optional<std::int64_t> stampedUnix;
};

std::vector<JournaledSeal> journaledSeals(const KeptStory& story);
// Those of one step: several inside `each`.
std::vector<JournaledSeal> sealsOfStep(const std::vector<JournaledSeal>& seals, const std::string& step);

// Where a signature (of document-pdf's "signatures") is not the seal that one of these lines tells of; none
// when it is, or when there is no line. `shown`: the document it is in.
std::vector<std::string> sealContradictions(const std::string& shown, const Json& signature,
                                            const std::vector<JournaledSeal>& seals);

}  // namespace greffe
