// SPDX-License-Identifier: Apache-2.0
// What a seal step asks for: the frozen params of Sealer::prepare, read and checked (README.md lists them).
#pragma once

#include "pdf/expected.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::seal_pades {

// Where a visible mark goes. Points from the lower left corner of the page as a reader shows it, that is
// after the page's rotation and inside its crop box.
struct Placement {
    std::uint32_t page = 1;  // counted from 1; pdf::kLastPage for "last"
    double x = 0, y = 0, width = 0, height = 0;
};

struct SealRequest {
    std::int64_t signingTimeUnix = 0;
    std::string fieldName = "Seal";
    std::size_t reserveBytes = 0;                 // room for the CMS with its time-stamp
    int certify = 0;                              // DocMDP P: 1 to 3; 0 for an approval signature
    std::string name, reason, location, contact;  // of the signature dictionary; empty ones are left out
    std::optional<Placement> placement;
    std::vector<std::string> lines;  // of the visible mark; its first line is the seal's name
};

// InvalidOptions names the param at fault. Unknown params are other people's (the step's) and are passed
// over.
pdf::Expected<SealRequest> readSealRequest(std::string_view paramsJson);

}  // namespace greffe::seal_pades
