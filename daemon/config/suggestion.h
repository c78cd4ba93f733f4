// SPDX-License-Identifier: Apache-2.0
// "did you mean": the known name that a mistyped one is nearest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// How many letters must be put in, left out, replaced or swapped with their neighbour to get from one to the
// other.
int editDistance(std::string_view left, std::string_view right);

// The nearest known name, or empty when none is near enough to be meant: one third of the letters may differ,
// at most three. A known name that begins with what was written, or the other way round, counts as one letter
// away.
std::string closestName(std::string_view written, const std::vector<std::string>& known);

}  // namespace greffe
