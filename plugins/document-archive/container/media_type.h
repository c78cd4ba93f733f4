// SPDX-License-Identifier: Apache-2.0
// What a member's first bytes say it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace greffe::container {

// So many first bytes are looked at: office documents put the part that names them behind others.
inline constexpr std::size_t kSniffBytes = 16U << 10U;

// "application/pdf", …, else "application/octet-stream". Office documents are zip files and are told from
// them.
std::string sniffMediaType(std::string_view firstBytes);

// Whether a type of sniffMediaType holds other files: an archive inside an archive.
bool isArchiveType(std::string_view mediaType);

}  // namespace greffe::container
