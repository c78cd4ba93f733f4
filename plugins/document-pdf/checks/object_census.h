// SPDX-License-Identifier: Apache-2.0
// One pass over every object of a file: does it parse, what does it refer to, what can it do. Nothing of the
// objects is kept but that, whatever their number.
//
// Damage counts only where the document reaches it: writers leave entries behind that lead nowhere. Objects
// are expected to stand beside each other; a file whose objects lie inside each other so that every byte is
// read many times ends as LimitExceeded.
#pragma once

#include "features.h"
#include "object_graph.h"
#include "patience.h"
#include "pdf/document.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace greffe::document_pdf {

struct CensusLimits {
    std::size_t maxReferences = 8'000'000;
    // Decoded bytes of all streams that are not images.
    std::uint64_t maxDecodedBytes = 256ULL << 20U;
};

struct DamagedObject {
    std::uint32_t number = 0;
    pdf::Refusal refusal;
};

// A feature and where it is: the numbers of the first objects, and how many there are in all.
struct FeatureSight {
    std::vector<std::uint32_t> objects;
    std::uint32_t count = 0;
};

struct Census {
    ObjectGraph graph;
    std::vector<bool> isReachable;             // by rank, from the trailer
    std::uint32_t reachableCount = 0;          // without freed ones
    std::map<Feature, FeatureSight> features;  // of reachable objects
    std::vector<DamagedObject> damaged;        // the first reachable ones
    std::uint32_t damagedCount = 0;
};

// LimitExceeded when a cap is passed, DeadlineExceeded when the host said stop; damage inside objects is part
// of the census.
pdf::Expected<Census> takeCensus(pdf::Document& document, Patience& patience,
                                 const CensusLimits& limits = {});

}  // namespace greffe::document_pdf
