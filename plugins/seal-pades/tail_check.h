// SPDX-License-Identifier: Apache-2.0
// Reads a finished tail again before it leaves the worker: arithmetic of the byte range, the gap, the
// section's offsets.
#pragma once

#include "pdf/expected.h"

#include <greffe/capability/sealer.h>

#include <string_view>

namespace greffe::seal_pades {

// Malformed when the tail is not what prepare() makes for `file`: somebody changed it, or we are wrong.
pdf::Check checkTail(std::string_view file, std::string_view tail, const SealGap& gap);

}  // namespace greffe::seal_pades
