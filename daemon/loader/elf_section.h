// SPDX-License-Identifier: Apache-2.0
// Reads one section of a 64-bit little-endian ELF file without loading it: no code of the file runs, nothing
// is mapped.
//
// The file may be anything: every offset, count and size in it is checked against the file's length before it
// is used, and at most a fixed amount is read. A file whose segments or sections reach past its end is
// refused: the loader would die of SIGBUS inside dlopen, which nobody can catch.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe {

// The bytes of section `name`. `path` stands in the messages only.
// Errc::Corrupt: not an ELF file of this kind, or damaged. Errc::NotFound: sound, without such a section.
// Errc::Invalid: the section is larger than maxBytes.
Result<std::string> readElfSection(int fd, std::uint64_t fileBytes, const std::string& path,
                                   std::string_view name, std::uint64_t maxBytes);

}  // namespace greffe
