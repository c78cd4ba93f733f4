// SPDX-License-Identifier: Apache-2.0
// What a file is, by its first bytes, and whether a list of media types accepts it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// "application/pdf", "application/zip", …, else "application/octet-stream". Names say nothing: they are the
// sender's.
std::string_view sniffMediaType(std::string_view firstBytes);

// Everything that sniffMediaType can say.
const std::vector<std::string_view>& recognisedMediaTypes();

// pattern: "image/png" or "image/*", in any case (RFC 2045: types are compared without it).
bool matchesMediaType(std::string_view pattern, std::string_view mediaType);

// An empty list accepts everything.
bool acceptsMediaType(const std::vector<std::string>& patterns, std::string_view mediaType);

}  // namespace greffe
