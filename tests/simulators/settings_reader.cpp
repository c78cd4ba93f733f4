// SPDX-License-Identifier: Apache-2.0
#include "simulators/settings_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace greffe::simulators {

SettingsReader::SettingsReader(const Json& config, std::string service)
    : config_(config), service_(std::move(service)) {}

const Json& SettingsReader::look(const std::string& key) {
    known_.insert(key);
    return memberOf(config_, key);
}

void SettingsReader::complain(const std::string& key, const std::string& what) {
    if (problem_.empty()) problem_ = fmt::format("{}: {} is {}", service_, key, what);
}

std::string SettingsReader::text(const std::string& key, const std::string& fallback) {
    const Json& value = look(key);
    if (value.is_null()) return fallback;
    if (!value.is_string()) complain(key, "not text");
    return value.is_string() ? value.get<std::string>() : fallback;
}

std::string SettingsReader::choice(const std::string& key, const std::vector<std::string>& values) {
    const std::string value = text(key, values.front());
    if (std::find(values.begin(), values.end(), value) == values.end())
        complain(key, fmt::format("none of: {}", fmt::join(values, " ")));
    return value;
}

std::int64_t SettingsReader::number(const std::string& key, std::int64_t fallback, std::int64_t lowest) {
    const Json& value = look(key);
    if (value.is_null()) return fallback;
    if (!value.is_number_integer() || value.get<std::int64_t>() < lowest) {
        complain(key, fmt::format("not a whole number from {} on", lowest));
        return fallback;
    }
    return value.get<std::int64_t>();
}

bool SettingsReader::flag(const std::string& key, bool fallback) {
    const Json& value = look(key);
    if (!value.is_null() && !value.is_boolean()) complain(key, "neither true nor false");
    return value.is_boolean() ? value.get<bool>() : fallback;
}

Json SettingsReader::any(const std::string& key) {
    return look(key);
}

Status SettingsReader::finish() const {
    if (!problem_.empty()) return makeError(Errc::Invalid, problem_);
    if (!config_.is_object()) return makeError(Errc::Invalid, service_ + ": its configuration is no object");
    for (const auto& [key, value] : config_.items())
        if (known_.count(key) == 0)
            return makeError(Errc::Invalid, fmt::format("{}: there is no option \"{}\"", service_, key),
                             fmt::format("one of: {}", fmt::join(known_, " ")));
    return {};
}

}  // namespace greffe::simulators
