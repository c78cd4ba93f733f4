// SPDX-License-Identifier: Apache-2.0
// Forms that texts of a configuration must have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// 1 to 64 letters a-z, A-Z, digits, '-', '_' and '.', beginning with a letter or digit.
bool isConfigName(std::string_view text);
// "application/pdf", "image/*".
bool isMediaType(std::string_view text);
// No part is "..", which means another place behind a link than it says; no control characters.
bool isPlainPath(std::string_view text);
// something@something, without blanks and control characters.
bool isMailAddress(std::string_view text);
// "https://host/…" of any scheme, without blanks.
bool isUrl(std::string_view text);
// 2026-12-31, a day that exists.
bool isDate(std::string_view text);

// Sides in millimetres. Named sizes (A4, letter) and "210x297"; "any" is not one.
struct PageSize {
    double widthMillimetres = 0;
    double heightMillimetres = 0;
};
bool findPageSize(std::string_view text, PageSize& size);
std::vector<std::string> pageSizeNames();

}  // namespace greffe
