// SPDX-License-Identifier: Apache-2.0
// The project's one JSON. Include it in .cpp files; a header that needs only the name includes json_fwd.h.
//
// Objects keep the order of their keys sorted, so that equal values have equal text and can be hashed.
#pragma once

#include "base/result.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

// The members of the JSON type are compiled once, in json.cpp: every file that read one value paid three
// seconds for its own copies of them. Its parser and its writer are reached through the functions below for
// the same reason.
extern template class nlohmann::basic_json<>;

namespace greffe {

using Json = nlohmann::json;

struct JsonLimits {
    std::size_t maxDepth = 64;
    std::size_t maxBytes = 8U << 20U;
    bool mustBeExact = false;  // a number that would be rounded is an error
};

// Strict parse of text that somebody else wrote: duplicate keys, depth, size, invalid UTF-8 and trailing text
// are errors; the message carries line and column.
Result<Json> parseJson(std::string_view text, const JsonLimits& limits = {});

// The value of text that this house wrote and checked when it did so: a row of the store, an answer of its
// own. It is discarded (is_discarded(), an object without members for memberOf and the others) when the text
// is no JSON.
Json storedJson(std::string_view text);

// Compact text; invalid UTF-8 inside strings becomes U+FFFD instead of throwing.
std::string dumpJson(const Json& value);
// The same for people: two spaces a level.
std::string prettyJson(const Json& value);

// The member's text, or `fallback` when absent or not text.
std::string textOf(const Json& object, std::string_view key, std::string_view fallback = {});
std::int64_t numberOf(const Json& object, std::string_view key, std::int64_t fallback = 0);
bool boolOf(const Json& object, std::string_view key, bool fallback = false);
// The member, or a null value.
const Json& memberOf(const Json& object, std::string_view key);

}  // namespace greffe
