// SPDX-License-Identifier: Apache-2.0
// What a PDF may cost us. Every number is a refusal with Reason::LimitExceeded when it is passed, never a
// slow answer: 14 KB of nested dictionaries held PoDoFo 0.9.8 for six minutes, a 1.4 KB object stream took
// it 1.5 GB.
#pragma once

#include <cstddef>
#include <cstdint>

namespace greffe::pdf {

struct Limits {
    std::uint64_t maxFileBytes = 2ULL << 30U;
    // Dictionaries and arrays inside each other in one object.
    std::uint32_t maxNesting = 100;
    // Values in one object; 24 bytes of memory each.
    std::uint32_t maxValuesPerObject = 300'000;
    // The text of one object without its stream.
    std::size_t maxObjectBytes = 16U << 20U;
    // Annex C of ISO 32000-1: 8,388,607 objects; also what other readers accept at most.
    std::uint32_t maxObjectNumber = 8'388'607;
    // Entries of all cross-reference sections together; 16 bytes of memory each.
    std::uint32_t maxXrefEntries = 1'500'000;
    std::uint32_t maxRevisions = 1'024;
    // One decoded stream, and how often the output may be larger than the input once it is larger than
    // ratioFree.
    std::size_t maxDecodedBytes = 32U << 20U;
    std::size_t maxExpansion = 200;
    std::size_t ratioFreeBytes = 10U << 20U;
    // Decoded object streams together.
    std::size_t maxDecodedTotalBytes = 128U << 20U;
    std::uint32_t maxFiltersPerStream = 4;
    // References that point at references, parents of a field, levels of the page tree.
    std::uint32_t maxReferenceHops = 32;
    std::uint32_t maxTreeDepth = 64;
    // Objects read for one document: page tree, form fields, signatures.
    std::uint32_t maxObjectsRead = 100'000;
};

}  // namespace greffe::pdf
