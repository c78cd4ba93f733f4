// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <regex>

namespace greffe::simulators {
namespace {

const Json& emptyObject() {
    static const Json object = Json::object();
    return object;
}

const Json& emptyArray() {
    static const Json array = Json::array();
    return array;
}

bool hasEdgeBlanks(const std::string& text) {
    return !text.empty() && (text.front() == ' ' || text.back() == ' ');
}

bool isUnsafe(const std::string& text) {
    static const std::regex tag("<[A-Za-z/!][^>]*>");
    static const std::regex url("(https?://|www\\.)", std::regex::icase);
    static const std::regex mail("[^ @]+@[^ @]+\\.[^ @]+");
    return hasEdgeBlanks(text) || std::regex_search(text, tag) || std::regex_search(text, url) ||
           std::regex_search(text, mail);
}

// Letters beyond ASCII: the two-byte sequences of Latin-1 Supplement and Latin Extended, without the signs of
// U+0080 - U+00BF and the two operators × and ÷.
bool isPersonName(const std::string& name) {
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        if (c < 0x80) {
            if (std::isalnum(c) == 0 &&
                std::string_view(" `'()-").find(static_cast<char>(c)) == std::string_view::npos)
                return false;
            continue;
        }
        if (i + 1 >= name.size()) return false;
        const unsigned code = (c & 0x1FU) << 6U | (static_cast<unsigned char>(name[++i]) & 0x3FU);
        const bool isLetter =
            c >= 0xC3 && c <= 0xC9 && code >= 0xC0 && code <= 0x24F && code != 0xD7 && code != 0xF7;
        if (!isLetter) return false;
    }
    return true;
}

}  // namespace

std::size_t countCharacters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(
        utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::optional<std::int64_t> dayNumber(const std::string& date) {
    static const std::regex form(R"((\d{4})-(\d{2})-(\d{2}))");
    std::smatch parts;
    if (!std::regex_match(date, parts, form)) return std::nullopt;
    const std::chrono::year_month_day day{std::chrono::year(std::stoi(parts[1])),
                                          std::chrono::month(static_cast<unsigned>(std::stoi(parts[2]))),
                                          std::chrono::day(static_cast<unsigned>(std::stoi(parts[3])))};
    if (!day.ok()) return std::nullopt;
    return std::chrono::sys_days(day).time_since_epoch().count();
}

Parameters::Parameters(const Json& body, std::vector<InvalidParameter>& problems, std::string prefix)
    : body_(body), problems_(problems), prefix_(std::move(prefix)) {}

void Parameters::complain(const std::string& key, const std::string& reason) {
    problems_.push_back({nameOf(key), reason});
}

const Json& Parameters::look(const std::string& key, Need need) {
    asked_.push_back(key);
    const Json& value = memberOf(body_, key);
    if (value.is_null() && need == Need::Required) complain(key, "This value should not be blank.");
    return value;
}

std::optional<std::string> Parameters::textValue(const std::string& key, Need need) {
    const Json& value = look(key, need);
    if (value.is_null()) return std::nullopt;
    if (value.is_string()) return value.get<std::string>();
    complain(key, "This value should be of type string.");
    return std::nullopt;
}

std::string Parameters::text(const std::string& key, Need need, std::size_t shortest, std::size_t longest) {
    const auto value = textValue(key, need);
    if (!value) return {};
    const std::size_t size = countCharacters(*value);
    if (size < shortest || size > longest)
        complain(key, fmt::format("This value should have {} to {} characters.", shortest, longest));
    return *value;
}

std::string Parameters::safeText(const std::string& key, Need need, std::size_t longest) {
    std::string value = text(key, need, 1, longest);
    if (isUnsafe(value)) complain(key, "This value contains forbidden text or blanks at its ends.");
    return value;
}

std::string Parameters::personName(const std::string& key) {
    std::string value = text(key, Need::Required, 1, 255);
    if (hasEdgeBlanks(value) || !isPersonName(value))
        complain(key, "This value contains forbidden characters.");
    return value;
}

std::string Parameters::mailAddress(const std::string& key) {
    static const std::regex form(R"([^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+)");
    std::string value = text(key, Need::Required, 1, 100);
    if (!value.empty() && !std::regex_match(value, form))
        complain(key, "This value is not a valid email address.");
    return value;
}

std::string Parameters::externalId(const std::string& key) {
    static const std::regex form(R"([\w\-@.%+]+)");
    std::string value = text(key, Need::Optional, 1, 255);
    if (!value.empty() && !std::regex_match(value, form)) complain(key, "This value is not valid.");
    return value;
}

std::string Parameters::uri(const std::string& key, std::size_t longest) {
    static const std::regex form(R"([A-Za-z][A-Za-z0-9+.\-]*://[^\s]+)");
    std::string value = text(key, Need::Optional, 1, longest);
    if (!value.empty() && !std::regex_match(value, form)) complain(key, "This value is not a valid URL.");
    return value;
}

std::string Parameters::choice(const std::string& key, Need need, const std::vector<std::string>& values) {
    const auto value = textValue(key, need);
    if (!value) return {};
    if (std::find(values.begin(), values.end(), *value) == values.end())
        complain(key, fmt::format("This value should be one of {}.", fmt::join(values, ", ")));
    return *value;
}

bool Parameters::flag(const std::string& key, Need need) {
    const Json& value = look(key, need);
    if (!value.is_null() && !value.is_boolean()) complain(key, "This value should be of type boolean.");
    return value.is_boolean() && value.get<bool>();
}

std::optional<std::int64_t> Parameters::integer(const std::string& key, Need need, std::int64_t lowest,
                                                std::int64_t highest) {
    const Json& value = look(key, need);
    if (value.is_null()) return std::nullopt;
    if (value.is_number_integer() && value.get<std::int64_t>() >= lowest &&
        value.get<std::int64_t>() <= highest)
        return value.get<std::int64_t>();
    complain(key, fmt::format("This value should be a whole number from {} to {}.", lowest, highest));
    return std::nullopt;
}

std::string Parameters::date(const std::string& key, Need need) {
    const auto value = textValue(key, need);
    if (!value) return {};
    if (dayNumber(*value)) return *value;
    complain(key, "This value is not a valid date.");
    return {};
}

const Json& Parameters::object(const std::string& key, Need need) {
    const Json& value = look(key, need);
    if (!value.is_null() && !value.is_object()) complain(key, "This value should be an object.");
    return value.is_object() ? value : emptyObject();
}

const Json& Parameters::array(const std::string& key, Need need) {
    const Json& value = look(key, need);
    if (!value.is_null() && !value.is_array()) complain(key, "This value should be an array.");
    return value.is_array() ? value : emptyArray();
}

void Parameters::refuseOthers(const std::vector<std::string>& alsoKnown) {
    for (const auto& [key, value] : body_.items())
        if (std::find(asked_.begin(), asked_.end(), key) == asked_.end() &&
            std::find(alsoKnown.begin(), alsoKnown.end(), key) == alsoKnown.end())
            complain(key, "This field was not expected.");
}

}  // namespace greffe::simulators
