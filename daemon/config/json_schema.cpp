// SPDX-License-Identifier: Apache-2.0
#include "config/json_schema.h"

#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace greffe {
namespace {

constexpr int kMaxDepth = 8;

Error wrong(const std::string& where, const std::string& what) {
    return makeError(Errc::Invalid,
                     fmt::format("options schema{}: {}", where.empty() ? "" : " at " + where, what));
}

Status checkKeywords(const Json& json, const std::set<std::string>& allowed, const std::string& where) {
    if (!json.is_object()) return wrong(where, "is not an object");
    for (const auto& [key, value] : json.items())
        if (allowed.count(key) == 0) return wrong(where, fmt::format("the keyword \"{}\" is not read", key));
    return {};
}

Status readLength(const Json& json, const char* key, std::optional<double>& length,
                  const std::string& where) {
    const Json& value = memberOf(json, key);
    if (value.is_null()) return {};
    if (!value.is_number()) return wrong(where, fmt::format("\"{}\" is not a number", key));
    length = value.get<double>();
    return {};
}

Result<Schema> readObject(const Json& json, const std::string& where, int depth);
Result<Option> readOption(const Json& json, const std::string& name, const std::string& where, int depth);

Status readText(const Json& json, Option& option, const std::string& where) {
    option.mayBeEmpty = true;
    const std::string format = textOf(json, "format");
    if (format == "secret") {
        option.type = ValueType::Secret;
    } else if (format == "uri") {
        option.refers = Refers::Url;
    } else if (!format.empty())
        return wrong(where, fmt::format("the format \"{}\" is not read", format));
    GREFFE_TRY(readLength(json, "minLength", option.minimum, where));
    GREFFE_TRY(readLength(json, "maxLength", option.maximum, where));
    if (option.minimum && *option.minimum >= 1) option.mayBeEmpty = false;
    for (const Json& value : memberOf(json, "enum")) {
        if (!value.is_string()) return wrong(where, "\"enum\" holds something else than text");
        option.allowed.push_back(value.get<std::string>());
    }
    if (!option.allowed.empty()) option.mayBeEmpty = false;
    return {};
}

bool fits(const Option& option, const Json& value) {
    switch (option.type) {
        case ValueType::Text:
            return value.is_string() &&
                   (option.allowed.empty() || std::find(option.allowed.begin(), option.allowed.end(),
                                                        value.get<std::string>()) != option.allowed.end());
        case ValueType::Boolean: return value.is_boolean();
        case ValueType::Integer:
        case ValueType::Number:
            return (option.type == ValueType::Number ? value.is_number() : value.is_number_integer()) &&
                   (!option.minimum || value.get<double>() >= *option.minimum) &&
                   (!option.maximum || value.get<double>() <= *option.maximum);
        case ValueType::List: return value.is_array();
        case ValueType::Table: return value.is_object();
        default: return false;
    }
}

Result<Option> readOption(const Json& json, const std::string& name, const std::string& where, int depth) {
    GREFFE_TRY(checkKeywords(
        json,
        {"type", "properties", "required", "enum", "default", "minimum", "maximum", "minLength", "maxLength",
         "minItems", "maxItems", "items", "description", "additionalProperties", "format"},
        where));
    Option option;
    option.name = name;
    option.doc = textOf(json, "description");
    const std::string type = textOf(json, "type");
    if (type == "string") {
        GREFFE_TRY(readText(json, option, where));
    } else if (type == "boolean") {
        option.type = ValueType::Boolean;
    } else if (type == "integer" || type == "number") {
        option.type = type == "integer" ? ValueType::Integer : ValueType::Number;
        GREFFE_TRY(readLength(json, "minimum", option.minimum, where));
        GREFFE_TRY(readLength(json, "maximum", option.maximum, where));
    } else if (type == "array") {
        option.type = ValueType::List;
        option.mayBeEmpty = true;
        GREFFE_TRY(readLength(json, "minItems", option.minimum, where));
        GREFFE_TRY(readLength(json, "maxItems", option.maximum, where));
        if (memberOf(json, "items").is_null()) return wrong(where, "an array says what its \"items\" are");
        GREFFE_TRY_ASSIGN(Option item, readOption(memberOf(json, "items"), {}, where + "/items", depth + 1));
        option.item = std::make_shared<const Option>(std::move(item));
    } else if (type == "object") {
        option.type = ValueType::Table;
        GREFFE_TRY_ASSIGN(Schema inner, readObject(json, where, depth + 1));
        inner.name = name;
        option.inner = std::make_shared<const Schema>(std::move(inner));
    } else {
        return wrong(where, "\"type\" is one of string, boolean, integer, number, array, object");
    }
    const Json& fallback = memberOf(json, "default");
    if (!fallback.is_null()) {
        if (!fits(option, fallback)) return wrong(where, "\"default\" does not fit its own type");
        option.defaultJson = dumpJson(fallback);
    }
    return option;
}

Result<Schema> readObject(const Json& json, const std::string& where, int depth) {
    if (depth > kMaxDepth) return wrong(where, fmt::format("nested more than {} levels deep", kMaxDepth));
    Schema schema;
    schema.doc = textOf(json, "description");
    schema.isOpen = boolOf(json, "additionalProperties", true);
    std::set<std::string> required;
    for (const Json& name : memberOf(json, "required")) {
        if (!name.is_string() || !memberOf(json, "properties").contains(name.get<std::string>()))
            return wrong(where, "\"required\" names something that is not in \"properties\"");
        required.insert(name.get<std::string>());
    }
    for (const auto& [name, property] : memberOf(json, "properties").items()) {
        GREFFE_TRY_ASSIGN(Option option, readOption(property, name, where + "/" + name, depth));
        option.isRequired = required.count(name) != 0;
        schema.options.push_back(std::move(option));
    }
    return schema;
}

Result<Schema> readStep(const Json& json) {
    if (json.is_null()) return Schema{};
    GREFFE_TRY(checkKeywords(json, {"type", "properties", "required", "description", "additionalProperties"},
                             "/step"));
    if (textOf(json, "type") != "object") return wrong("/step", "\"type\" is \"object\"");
    return readObject(json, "/step", 0);
}

}  // namespace

Result<Schema> readJsonSchema(std::string_view text) {
    GREFFE_TRY_ASSIGN(const Json json, parseJson(text));
    GREFFE_TRY(checkKeywords(json,
                             {"type", "properties", "required", "description", "additionalProperties",
                              "$schema", "title", "step", "programs", "signature"},
                             ""));
    if (!json.empty() && textOf(json, "type") != "object") return wrong("", "\"type\" is \"object\"");
    if (const auto step = readStep(memberOf(json, "step")); !step) return step.error();
    return readObject(json, "", 0);
}

Result<Schema> readStepSchema(std::string_view text) {
    GREFFE_TRY_ASSIGN(const Json json, parseJson(text));
    return readStep(memberOf(json, "step"));
}

}  // namespace greffe
