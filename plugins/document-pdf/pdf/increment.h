// SPDX-License-Identifier: Apache-2.0
// Writes an incremental update (ISO 32000-2, 7.5.6): the bytes to append to a file, and nothing before them.
//
// PoDoFo's WriteUpdate is not used: behind a cross-reference stream it writes every live object anew and no
// /Prev at all, which cuts earlier signatures off their revision. Here the new section is of the same kind as
// the newest one, points at it with /Prev, and repeats Root, Info, ID and Encrypt as they were written.
#pragma once

#include "document.h"

#include <cstdint>
#include <string>
#include <vector>

namespace greffe::pdf {

struct PlannedObject {
    Reference id;
    std::string bytes;  // what stands between "obj" and "endobj"
};

struct IncrementPlan {
    std::uint64_t fileBytes = 0;  // of the file that the tail is appended to
    bool endsWithNewLine = true;  // whether that file does
    std::size_t base = 0;         // what offsets count from
    bool asStream = false;        // the kind of the new section
    std::uint64_t previousXref = 0;
    std::uint32_t nextNumber = 1;  // the first free object number
    std::string trailerKeys;       // "/Root 1 0 R/Info 2 0 R…"
    std::vector<PlannedObject> objects;

    Reference newId() { return {nextNumber++, 0}; }
};

// A plan without objects that continues `document`. Trailer entries are repeated as written, "/ID null" too:
// a reader that merges trailers must find what it found before.
IncrementPlan continuePlan(const Document& document);

struct Increment {
    std::string tail;
    // For each planned object, in the plan's order, where its bytes begin in the whole file.
    std::vector<std::uint64_t> bytesOffsets;
};

// The same plan gives the same bytes.
Increment writeIncrement(const IncrementPlan& plan);

}  // namespace greffe::pdf
