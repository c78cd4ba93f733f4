// SPDX-License-Identifier: Apache-2.0
// Text out of a document, made safe to show: in a log, on a terminal, in a page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::document_pdf {

// `utf8` with control characters, and characters that change the direction of what follows, as \u{202E}; cut
// at a character after `maxBytes` with "…". The answer is always well-formed UTF-8.
std::string displayText(std::string_view utf8, std::size_t maxBytes = 200);

// "2, 5-7 and 12 more ranges": numbers in ascending order, for findings about pages.
std::string rangesText(const std::vector<std::uint32_t>& numbers, std::size_t maxRanges = 20);

}  // namespace greffe::document_pdf
