// SPDX-License-Identifier: Apache-2.0
#include "conformance/schema_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace greffe::conformance {
namespace {

constexpr int kMaxDepth = 8;

class SchemaJudge {
public:
    std::vector<Finding> run(const Json& schema) {
        checkKeywords(schema,
                      {"type", "properties", "required", "description", "additionalProperties", "$schema",
                       "title", "step", "programs", "signature"},
                      "the schema");
        if (textOf(schema, "type") != "object") fail("OPTIONS-1", "the schema's type is not \"object\"");
        checkProperties(schema, "the schema", 0);
        if (const Json& step = memberOf(schema, "step"); !step.is_null()) checkStep(step);
        if (const Json& programs = memberOf(schema, "programs"); !programs.is_null()) checkPrograms(programs);
        return std::move(findings_);
    }

private:
    void fail(const char* rule, const std::string& detail) { findings_.push_back({rule, detail}); }

    void checkStep(const Json& step) {
        if (textOf(step, "type") != "object")
            return fail("OPTIONS-1", "the schema of a step: its type is not \"object\"");
        checkKeywords(step, {"type", "properties", "required", "description", "additionalProperties"},
                      "the schema of a step");
        checkProperties(step, "the schema of a step", 0);
        for (const auto& [name, option] : memberOf(step, "properties").items())
            if (textOf(option, "format") == "secret")
                fail("OPTIONS-1", fmt::format("option \"{}\" of a step: a step has no secrets", name));
    }

    void checkPrograms(const Json& programs) {
        if (!programs.is_array()) return fail("OPTIONS-1", "programs is not a list");
        for (const Json& name : programs)
            if (!name.is_string())
                fail("OPTIONS-1", fmt::format("programs names {}, which is no text", dumpJson(name)));
    }

    void checkKeywords(const Json& json, const std::set<std::string>& allowed, const std::string& where) {
        for (const auto& [key, value] : json.items())
            if (allowed.count(key) == 0)
                fail("OPTIONS-1", fmt::format("{}: the keyword \"{}\" is outside the subset", where, key));
    }

    void checkProperties(const Json& json, const std::string& where, int depth) {
        if (depth > kMaxDepth)
            return fail("OPTIONS-1", fmt::format("{}: nested more than {} levels", where, kMaxDepth));
        const Json& properties = memberOf(json, "properties");
        const Json& extra = memberOf(json, "additionalProperties");
        if (!extra.is_null() && !extra.is_boolean())
            fail("OPTIONS-1", where + ": additionalProperties is true or false");
        if (!properties.is_null() && !properties.is_object())
            return fail("OPTIONS-1", where + ": properties is not an object");
        for (const Json& name : memberOf(json, "required"))
            if (!name.is_string() || !properties.contains(name.get<std::string>()))
                fail("OPTIONS-1",
                     fmt::format("{}: required names {}, which is no property", where, dumpJson(name)));
        for (const auto& [name, option] : properties.items())
            checkNamed(name, option, depth);
    }

    void checkNamed(const std::string& name, const Json& option, int depth) {
        const bool isWord = !name.empty() && name.front() >= 'a' && name.front() <= 'z' &&
                            name.back() != '_' && name.find("__") == std::string::npos &&
                            std::all_of(name.begin(), name.end(), [](char c) {
                                return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                            });
        if (!isWord) fail("OPTIONS-3", fmt::format("option \"{}\" is not a snake_case word", name));
        if (!option.is_object())
            return fail("OPTIONS-1", fmt::format("option \"{}\" is not described by an object", name));
        if (textOf(option, "description").size() < 3)
            fail("OPTIONS-2", fmt::format("option \"{}\" has no description", name));
        checkValue(fmt::format("option \"{}\"", name), option, depth);
    }

    void checkValue(const std::string& where, const Json& option, int depth) {
        static const std::map<std::string, std::set<std::string>> kByType = {
            {"string", {"enum", "minLength", "maxLength", "format"}},
            {"boolean", {}},
            {"integer", {"minimum", "maximum"}},
            {"number", {"minimum", "maximum"}},
            {"array", {"items", "minItems", "maxItems"}},
            {"object", {"properties", "required", "additionalProperties"}},
        };
        const std::string type = textOf(option, "type");
        const auto known = kByType.find(type);
        if (known == kByType.end())
            return fail("OPTIONS-1",
                        where + ": type is one of string, boolean, integer, number, array, object");
        std::set<std::string> allowed = known->second;
        allowed.insert({"type", "description", "default"});
        checkKeywords(option, allowed, where);
        if (const std::string format = textOf(option, "format");
            !format.empty() && format != "secret" && format != "uri")
            fail("OPTIONS-1", fmt::format("{}: the formats are \"secret\" and \"uri\"", where));
        if (option.contains("default") &&
            (!fitsType(type, option["default"]) || textOf(option, "format") == "secret"))
            fail("OPTIONS-1", where + ": the default is of another type, or a secret has one");
        for (const Json& value : memberOf(option, "enum"))
            if (!value.is_string()) fail("OPTIONS-1", where + ": enum holds something else than texts");
        if (type == "object") checkProperties(option, where, depth + 1);
        if (type != "array") return;
        if (!memberOf(option, "items").is_object() || depth >= kMaxDepth)
            return fail("OPTIONS-1", where + ": an array says what its items are");
        checkValue(where + "'s items", option["items"], depth + 1);
    }

    static bool fitsType(const std::string& type, const Json& value) {
        if (type == "string") return value.is_string();
        if (type == "boolean") return value.is_boolean();
        if (type == "integer") return value.is_number_integer();
        if (type == "number") return value.is_number();
        return type == "array" ? value.is_array() : value.is_object();
    }

    std::vector<Finding> findings_;
};

std::vector<Json> sillyValues(const Json& option) {
    const std::string type = textOf(option, "type");
    if (type == "boolean") return {true, false};
    if (type == "integer" || type == "number") {
        std::vector<Json> ends;
        for (const char* end : {"minimum", "maximum"})
            if (option.contains(end)) ends.push_back(option[end]);
        if (ends.empty()) ends = {0, -1, 2'000'000'000};
        return ends;
    }
    if (type == "array")
        return numberOf(option, "minItems") > 0 ? std::vector<Json>{} : std::vector<Json>{Json::array()};
    if (type != "string") return {};
    if (option.contains("enum")) return option["enum"].get<std::vector<Json>>();
    const auto least = static_cast<std::size_t>(numberOf(option, "minLength"));
    const auto most = static_cast<std::size_t>(numberOf(option, "maxLength", 10'000));
    std::vector<Json> texts;
    for (const std::string& text :
         {std::string(), std::string("?"), std::string("a \"quoted\" text\nof two lines, \u00e9"),
          std::string(most, 'x')})
        if (text.size() >= least && text.size() <= most) texts.emplace_back(text);
    return texts;
}

}  // namespace

std::vector<Finding> judgeSchema(const Json& schema) {
    return SchemaJudge().run(schema);
}

std::vector<std::string> secretOptions(const Json& schema) {
    std::vector<std::string> names;
    for (const auto& [name, option] : memberOf(schema, "properties").items())
        if (textOf(option, "format") == "secret") names.push_back(name);
    return names;
}

std::vector<std::string> requiredOptions(const Json& schema) {
    std::vector<std::string> names;
    for (const Json& name : memberOf(schema, "required"))
        if (name.is_string()) names.push_back(name.get<std::string>());
    return names;
}

std::vector<OptionsVariant> variantsOf(const Json& schema, const Json& good) {
    std::vector<OptionsVariant> variants;
    const auto add = [&](const std::string& name, const Json& value, bool keeps) {
        Json changed = good;
        changed[name] = value;
        variants.push_back(
            {fmt::format("{} = {}", name, dumpJson(value).substr(0, 60)), dumpJson(changed), keeps});
    };
    for (const auto& [name, option] : memberOf(schema, "properties").items()) {
        if (textOf(option, "format") == "secret") continue;
        for (const Json& value : sillyValues(option))
            add(name, value, true);
        add(name, textOf(option, "type") == "object" ? Json(7) : Json{{"a", Json::array({1})}}, false);
        add(name, nullptr, false);
    }
    add("no_such_option", "x", false);
    for (const char* text : {"", "{", "[]", "null"})
        variants.push_back({fmt::format("options {}", text), text, false});
    return variants;
}

}  // namespace greffe::conformance
