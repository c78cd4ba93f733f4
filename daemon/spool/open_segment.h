// SPDX-License-Identifier: Apache-2.0
// The segment that is being written.
#pragma once

#include "spool/segments.h"

namespace greffe {

struct Segments::OpenSegment {
    UniqueFd fd;
    std::uint32_t number = 0;
    SegmentSalt salt{};
    std::uint64_t endBytes = 0;  // the next record begins here
};

}  // namespace greffe
