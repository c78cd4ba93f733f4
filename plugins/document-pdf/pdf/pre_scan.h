// SPDX-License-Identifier: Apache-2.0
// The first look at a file's bytes, before anything is parsed: is it a PDF, is it whole, how large may it be.
//
// Reads the first kilobyte and the last four. A truncated file of 67 MB held PoDoFo for 14 to 25 seconds;
// here it is refused after two reads. Nesting, object counts and decoded sizes are capped where objects are
// read (limits.h): a count of "<<" over raw bytes would count what happens to stand in compressed streams.
#pragma once

#include "expected.h"
#include "limits.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace greffe::pdf {

struct FileFrame {
    std::size_t headerOffset = 0;     // of "%PDF-"; bytes before it are junk that most readers skip
    std::size_t startxrefOffset = 0;  // of the last keyword "startxref"
    std::uint64_t xrefOffset = 0;     // the number behind it, as written
    int versionMajor = 1, versionMinor = 4;
};

// EmptyFile, NotAPdf, LimitExceeded (larger than limits.maxFileBytes), or Malformed: no cross-reference near
// the end, or objects behind it (a file that was cut off in the middle of an update, or one that somebody
// appended to).
Expected<FileFrame> preScan(std::string_view file, const Limits& limits);

}  // namespace greffe::pdf
