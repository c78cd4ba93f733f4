// SPDX-License-Identifier: Apache-2.0
// The page's words in both languages.
#pragma once

#include <string>
#include <string_view>

namespace greffe::simulators {

// The words for `key` ("title", "signature_requests", "status"…) in "en" or "fr"; the key itself, with blanks
// for its underscores, when nobody wrote any.
std::string pageWord(std::string_view key, std::string_view language);

}  // namespace greffe::simulators
