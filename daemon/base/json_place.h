// SPDX-License-Identifier: Apache-2.0
// Where something stands in JSON text, for people who must mend it. The parser forgets; this looks again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// "line 3 column 12" of a byte of `text`, both counted from 1, columns in bytes.
std::string positionInText(std::string_view text, std::size_t byte);

// Where the value at `path` (keys, and indexes as decimal text) begins in `text`, which must be valid JSON; a
// member begins at its key. The nearest enclosing value when the path leads nowhere.
std::size_t placeInJson(std::string_view text, const std::vector<std::string>& path);

}  // namespace greffe
