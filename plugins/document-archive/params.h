// SPDX-License-Identifier: Apache-2.0
// The params of a call: an object of the step's options. Options of other people are passed over; one of ours
// with a wrong type is as if it were absent, since `greffe check` has looked at types before.
#pragma once

#include "container/refusal.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::document_archive {

using Json = nlohmann::json;

inline container::Check readParams(std::string_view text, Json& params) {
    params = text.empty() ? Json::object() : Json::parse(text, nullptr, false);
    if (params.is_object()) return {};
    return container::Refusal{Reason::InvalidOptions, "the step's options are not a JSON object", false};
}

inline bool flagOf(const Json& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_boolean() && at->get<bool>();
}

inline std::int64_t numberOf(const Json& object, const char* key, std::int64_t fallback) {
    const auto at = object.find(key);
    return at != object.end() && at->is_number_integer() ? at->get<std::int64_t>() : fallback;
}

inline std::string textOf(const Json& object, const char* key) {
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace greffe::document_archive
