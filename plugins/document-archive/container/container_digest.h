// SPDX-License-Identifier: Apache-2.0
// An archive that ends with the SHA-256 of all its bytes before: a zip in its comment, a tar.zst in a frame
// that zstd skips (RFC 8878, 3.1.2). It finds damage where members' own sums cannot see it, in headers, times
// and padding, without asking that another version of a packer writes the same bytes.
//
// It proves integrity, not origin: whoever changes the file can write a new one. The journal's digest, and
// the signatures inside, are what a forger cannot follow.
#pragma once

#include "archive_reader.h"

#include <string>
#include <string_view>

namespace greffe::container {

// "greffe sha256=…": always this many bytes.
inline constexpr std::size_t kDigestTextBytes = 78;
std::string digestText(const std::string& sha256Hex);

// The frame that holds the text at the end of a tar.zst.
std::string skippableFrame(std::string_view text);

enum class DigestState { Matches, Differs, Absent };
DigestState checkContainerDigest(std::string_view archive, ArchiveKind kind);

}  // namespace greffe::container
