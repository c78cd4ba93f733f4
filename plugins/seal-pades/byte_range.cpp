// SPDX-License-Identifier: Apache-2.0
#include "byte_range.h"

namespace greffe::seal_pades {

std::string byteRangeText(const ByteRange& range) {
    const std::uint64_t behind = range.gapOffset + range.gapBytes;
    std::string text = "[0 " + std::to_string(range.gapOffset) + " " + std::to_string(behind) + " " +
                       std::to_string(range.fileBytes - behind);
    text.resize(kByteRangeBytes - 1, ' ');
    return text + "]";
}

}  // namespace greffe::seal_pades
