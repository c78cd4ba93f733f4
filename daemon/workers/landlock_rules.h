// SPDX-License-Identifier: Apache-2.0
// Landlock as this house uses it: everything is forbidden, some paths may be read.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <vector>

namespace greffe {

// A file, or a directory with all below it. Links are followed when the rules are made, never later: what
// stands under the path afterwards is another file.
struct AllowedPath {
    std::string path;
    bool mayExecute = false;  // beside reading
};

enum class TcpAccess : std::uint8_t { Closed, Open };

// For the calling process and all that it starts, for ever. Paths that are not there are passed over. The
// ABI of the kernel's Landlock; 0 when it has none: nothing is restricted then.
Result<int> restrictToPaths(const std::vector<AllowedPath>& readable, TcpAccess tcp);

}  // namespace greffe
