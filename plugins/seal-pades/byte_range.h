// SPDX-License-Identifier: Apache-2.0
// The /ByteRange of a seal: everything but the gap. Its text has a fixed width, because the numbers in it
// depend on the length of the tail that it stands in. It always stands right before /Contents:
// "/ByteRange[…]/Contents<…>".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::seal_pades {

inline constexpr std::string_view kByteRangeKey = "/ByteRange";
inline constexpr std::string_view kContentsKey = "/Contents";
inline constexpr std::size_t kByteRangeBytes = 41;  // three numbers of 11 digits

struct ByteRange {
    std::uint64_t gapOffset = 0;  // of "<"
    std::uint64_t gapBytes = 0;   // both brackets included
    std::uint64_t fileBytes = 0;

    bool operator==(const ByteRange&) const = default;
};

// "[0 a b c     ]", kByteRangeBytes long.
std::string byteRangeText(const ByteRange& range);

// Where that text begins, for a gap that begins at `gapOffset`.
constexpr std::uint64_t byteRangeTextOffset(std::uint64_t gapOffset) {
    return gapOffset - kContentsKey.size() - kByteRangeBytes;
}

}  // namespace greffe::seal_pades
