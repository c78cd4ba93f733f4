// SPDX-License-Identifier: Apache-2.0
// What an archive may cost us. Passing a number is a refusal with Reason::ArchiveUnsafe, found before the
// bytes are inflated where the archive itself says how much it holds, and while they are where it lies.
#pragma once

#include <cstddef>
#include <cstdint>

namespace greffe::container {

struct Limits {
    // Directories included: they cost a name each.
    std::uint32_t maxEntries = 10'000;
    std::uint64_t maxTotalBytes = 1ULL << 30U;
    std::uint64_t maxMemberBytes = 512ULL << 20U;
    // How often a member (zip) or all of them together may be larger than their packed bytes, once they are
    // larger than ratioFreeBytes: a short text of blanks harms nobody. 0: not judged.
    std::uint32_t maxRatio = 100;
    std::uint64_t ratioFreeBytes = 1ULL << 20U;
    std::size_t maxNameBytes = 255;
    std::size_t maxFoldersInName = 16;
};

}  // namespace greffe::container
