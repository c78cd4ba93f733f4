// SPDX-License-Identifier: Apache-2.0
// The visible mark of a seal: what the pipeline says about it, in the words of the sealer.
//
// Offices measure in millimetres and say "first" and "last"; PDF has points and page numbers.
#pragma once

#include "base/json_fwd.h"

#include <cstdint>
#include <string>

namespace greffe {

// Adds "placement" and "lines" to a sealer's params when the step's options have a "mark". A mark without a
// text names who seals (`signer`) and when.
void addMark(Json& params, const std::string& signer, std::int64_t signingTimeUnix);

}  // namespace greffe
