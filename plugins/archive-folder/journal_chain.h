// SPDX-License-Identifier: Apache-2.0
// The chain of a kept dossier's journal: every line carries, as "previous", the SHA-256 of the line before it
// (its text without the line end); the first one that of the dossier's id. So a line cannot be changed, taken
// out or moved without all that follow it, and the story of one dossier does not fit another.
//
// The engine chains the lines (daemon/dossier/kept_dossier.cpp); here they are checked. Pure.
#pragma once

#include "container/refusal.h"

#include <cstdint>
#include <string_view>

namespace greffe::archive_folder {

struct JournalFacts {
    std::uint32_t lines = 0;
    bool isChained = false;  // every line follows the one before it, and there is one
};

// BytesLost names the line; a journal without lines is none.
container::Check checkJournalChain(std::string_view journal, std::string_view dossier, JournalFacts& facts);

}  // namespace greffe::archive_folder
