// SPDX-License-Identifier: Apache-2.0
// The pages of a simulation's documents, as pictures: drawn in the converters pool, so that whoever looks at
// the report opens no document.
#pragma once

#include "simulate/world.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace greffe {

struct PagePicture {
    std::uint32_t page = 0, width = 0, height = 0;
    std::string png;
};

struct DocumentPages {
    std::uint32_t count = 0;  // pages of the document; 0: unknown
    std::vector<PagePicture> pictures;
    Reason whyNone = Reason::None;  // why there is no picture
    std::string explanation;        // beside it, as the plugin or the pool says it
};

constexpr std::uint32_t kMostPicturedPages = 20;  // of one document

// By document id, for each document of the dossier. What cannot be drawn says why; nothing fails.
std::map<std::string, DocumentPages> picturesOf(World& world, Stage& stage,
                                                const std::vector<DocumentRow>& documents);

}  // namespace greffe
