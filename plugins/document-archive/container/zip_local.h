// SPDX-License-Identifier: Apache-2.0
// Private to zip_directory.cpp: the second account of each entry, the one that stands before its bytes.
#pragma once

#include "zip_directory.h"

namespace greffe::container {

// Sizes and offset of an entry as its zip64 field gives them, for those that are saturated in the record.
// False when a saturated one is missing there. In a local header there is no offset: pass nullptr.
bool readZip64Extra(std::string_view extra, std::uint64_t& sizeBytes, std::uint64_t& packedBytes,
                    std::uint64_t* headerOffset);

// The data of extra field `id`, or an empty view with no data pointer.
std::string_view findExtra(std::string_view extra, std::uint16_t id);

// Compares every local header with its entry and makes sure that headers, data and descriptors stand one
// behind the other from byte 0 to `directoryOffset`. `entries` are sorted by headerOffset.
Check checkLocalHeaders(std::string_view archive, std::uint64_t directoryOffset,
                        const std::vector<ZipEntry>& entries);

}  // namespace greffe::container
