// SPDX-License-Identifier: Apache-2.0
// How it is told that two places of a kept dossier do not agree: where each is, what each says, and what is
// left to do. Pure.
#pragma once

#include "base/json_fwd.h"

#include <string>

namespace greffe {

// One side of a comparison: `"plan" in member "receipt.json"`, and the value that stands there.
struct Said {
    std::string where;
    std::string what;  // empty: nothing
};

// For places of a member, of the n-th line (from 1) of the journal, and of a detail of it.
std::string placeIn(const std::string& field, const std::string& member);
std::string placeInLine(const std::string& field, std::size_t line);
// "line 3 of member "journal.jsonl"".
std::string journalLineName(std::size_t line);

// "… says 2036-11-22; … says 2099-01-01; compare it with …".
std::string contradictionText(const Said& one, const Said& other);

// Any other sentence, with what to do behind it.
std::string withAdvice(std::string sentence);

}  // namespace greffe
