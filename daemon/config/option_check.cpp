// SPDX-License-Identifier: Apache-2.0
#include "config/option_check.h"

#include "base/bytes_text.h"
#include "base/media_type.h"
#include "config/suggestion.h"
#include "config/text_forms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace greffe {
namespace {

std::string_view wantedName(ValueType type) {
    switch (type) {
        case ValueType::Text: return "a text";
        case ValueType::Boolean: return "true or false";
        case ValueType::Integer: return "a whole number";
        case ValueType::Number: return "a number";
        case ValueType::List: return "a list";
        case ValueType::Map:
        case ValueType::Table: return "a table";
        case ValueType::Steps: return "a list of steps";
        case ValueType::Outcome: return "\"continue\", refuse \"…\" or a list of steps";
        case ValueType::Record: return "an entry";
        case ValueType::Secret: return "secret_file(\"…\")";
        case ValueType::Function: return "a function";
        case ValueType::Data: return "data";
    }
    return "something else";
}

std::string rangeText(double number) {
    return number == std::floor(number) ? fmt::format("{}", static_cast<std::int64_t>(number))
                                        : fmt::format("{}", number);
}

// Nothing in it is a constructor, a function, a secret or a word.
bool isData(const Json& value) {
    if (value.is_object())
        for (const auto& [name, inner] : value.items())
            if (name.front() == '@' || !isData(inner)) return false;
    return !value.is_array() || std::all_of(value.begin(), value.end(), isData);
}

bool isNamed(const Option& option) {
    return !option.name.empty();
}

// The option's name, or for an item of a list that of the list, which stands last in the node's path.
std::string nameFor(const Node& node, const Option& option) {
    if (isNamed(option)) return option.name;
    for (auto step = node.path.rbegin(); step != node.path.rend(); ++step)
        if (const auto* name = std::get_if<std::string>(&*step)) return *name;
    return "value";
}

}  // namespace

Json defaultOf(const Option& option) {
    return option.defaultJson.empty() ? Json() : storedJson(option.defaultJson);
}

void OptionCheck::report(std::string_view code, const Node& node, const std::string& message,
                         std::string suggestion) {
    const SourcePlace place = node.place(map_);
    diagnostics_.add(code, place.file, place.line, place.column, message + suffix_, std::move(suggestion));
}

void OptionCheck::readFindings(const Json& evaluated) {
    for (const Json& finding : memberOf(evaluated, "diagnostics"))
        if (textOf(finding, "code") == "constructor_argument")
            calledWrong_.insert({textOf(finding, "file"), static_cast<int>(numberOf(finding, "line")),
                                 textOf(finding, "name")});
}

Json OptionCheck::check(const ConfigRecord& record, const Schema& schema, const std::string& owner) {
    if (record.hasItems)
        report("option_positional", record.self,
               fmt::format("{}: an entry without a name; write name = value", owner));
    const Json& argument = memberOf(*record.self.value, "@name");
    if (argument.is_string()) {
        if (schema.namedBy.empty()) {
            report("constructor_argument", record.self,
                   fmt::format("{}: write {} {{ … }}, without a text", owner, schema.name));
        } else if (memberOf(memberOf(*record.self.value, "@options"), schema.namedBy).is_string()) {
            report(
                "option_conflict", record.self,
                fmt::format("{}: the text after {} already says its {}", owner, schema.name, schema.namedBy));
        }
    }
    for (const auto& [name, node] : record.options)
        if (const auto second = map_.second(node.file, node.line, node.kind, name))
            diagnostics_.add("option_twice", second->file, second->line, second->column,
                             fmt::format("{}: option \"{}\" stands twice", owner, name));
    return checkOptions(record.options, schema, record.self, owner, {});
}

Json OptionCheck::checkOptions(const std::map<std::string, Node>& options, const Schema& schema,
                               const Node& self, const std::string& owner,
                               const std::vector<std::string>& alsoKnown) {
    Json filled = Json::object();
    for (const auto& [name, node] : options) {
        if (schema.isOpen || schema.find(name) != nullptr) continue;
        std::vector<std::string> known = schema.optionNames();
        known.insert(known.end(), alsoKnown.begin(), alsoKnown.end());
        report("option_unknown", node, fmt::format("{}: unknown option \"{}\"", owner, name),
               closestName(name, known));
    }
    for (const Option& option : schema.options) {
        const auto written = options.find(option.name);
        if (written == options.end()) {
            if (option.isRequired && calledWrong_.count({self.file, self.line, self.kind}) == 0)
                report("option_missing", self,
                       fmt::format("{}: option \"{}\" is required", owner, option.name));
            Json value = defaultOf(option);
            if (option.type == ValueType::Table && value.is_object() && option.inner != nullptr)
                value = checkOptions({}, *option.inner, self, owner, {});
            if (!value.is_null()) filled[option.name] = std::move(value);
            continue;
        }
        Json value = checkValue(written->second, option, owner);
        if (!value.is_null()) filled[option.name] = std::move(value);
    }
    return filled;
}

void OptionCheck::reportType(const Node& node, const Option& option, const std::string& owner) {
    if (node.isUnknown()) return;  // the evaluator reported the name
    const std::string name = nameFor(node, option);
    if (node.isFunction() && !option.mayBeFunction) {
        report("option_function", node, fmt::format("{}: option \"{}\" cannot be a function", owner, name));
        return;
    }
    if (node.isSecret()) {
        report("secret_not_allowed", node,
               fmt::format("{}: option \"{}\" is no secret; write its value", owner, name));
        return;
    }
    if (option.type == ValueType::Secret) {
        report("secret_expected", node,
               fmt::format("{}: option \"{}\" is a secret; write secret_file(\"/path\"), not {}", owner, name,
                           node.value->is_string() ? "the secret itself" : describeValue(node)));
        return;
    }
    std::string message =
        fmt::format("{}: option \"{}\" wants {}{}, not {}", owner, name, wantedName(option.type),
                    option.mayBeFunction && option.type != ValueType::Function ? " or a function" : "",
                    describeValue(node));
    if (node.isWord() && option.type == ValueType::Text) {
        explainedWords_.insert({node.file, node.place(map_).line, textOf(*node.value, "@word")});
        message += fmt::format("; write \"{}\" in quotes", textOf(*node.value, "@word"));
    }
    report("option_type", node, message);
}

Json OptionCheck::checkValue(const Node& node, const Option& option, const std::string& owner) {
    if (node.value->is_null()) return nullptr;  // the evaluator said why it could not be kept
    if (node.isFunction() && option.mayBeFunction) return *node.value;
    switch (option.type) {
        case ValueType::Text: return checkText(node, option, owner);
        case ValueType::Integer:
        case ValueType::Number: return checkNumber(node, option, owner);
        case ValueType::List: return checkList(node, option, owner);
        case ValueType::Map:
        case ValueType::Table: return checkTable(node, option, owner);
        case ValueType::Boolean:
            if (node.value->is_boolean()) return *node.value;
            break;
        case ValueType::Secret:
            if (node.isSecret()) return *node.value;
            break;
        case ValueType::Steps:
        case ValueType::Outcome: return nullptr;  // the pipeline's compiler reads these
        case ValueType::Record:
            if (node.isRecord() &&
                std::find(option.kinds.begin(), option.kinds.end(), node.kind) != option.kinds.end())
                return nullptr;  // as well
            if (node.isRecord() && !node.isUnknown()) {
                report("construct_misplaced", node,
                       fmt::format("{}: {} {{ … }} is wanted here, not {}", owner,
                                   fmt::join(option.kinds, " or "), describeValue(node)));
                return nullptr;
            }
            break;
        case ValueType::Data:
            if (isData(*node.value)) return *node.value;
            break;
        case ValueType::Function: break;
    }
    reportType(node, option, owner);
    return nullptr;
}

Json OptionCheck::checkText(const Node& node, const Option& option, const std::string& owner) {
    if (!node.value->is_string()) {
        reportType(node, option, owner);
        return nullptr;
    }
    const std::string text = node.value->get<std::string>();
    const std::string name = nameFor(node, option);
    const double length = static_cast<double>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
    if (text.empty() && !option.mayBeEmpty) {
        report("option_empty", node, fmt::format("{}: option \"{}\" is empty", owner, name));
    } else if (!option.allowed.empty()) {
        if (std::find(option.allowed.begin(), option.allowed.end(), text) == option.allowed.end())
            report("option_not_allowed", node,
                   fmt::format("{}: option \"{}\" is one of {}, not \"{}\"", owner, name,
                               fmt::join(option.allowed, ", "), text),
                   closestName(text, option.allowed));
    } else if (option.minimum && length < *option.minimum) {
        report("text_too_short", node,
               fmt::format("{}: option \"{}\" has at least {} characters", owner, name,
                           rangeText(*option.minimum)));
    } else if (option.maximum && length > *option.maximum) {
        report("text_too_long", node,
               fmt::format("{}: option \"{}\" has at most {} characters", owner, name,
                           rangeText(*option.maximum)));
    } else if (!text.empty()) {
        checkForm(node, option, text, owner);
    }
    return text;
}

void OptionCheck::checkForm(const Node& node, const Option& option, const std::string& text,
                            const std::string& owner) {
    const std::string name = nameFor(node, option);
    switch (option.refers) {
        case Refers::Nothing: return;
        case Refers::Name:
            if (!isConfigName(text))
                report("name_invalid", node,
                       fmt::format("{}: \"{}\" is not a name: letters, digits, -, _ and . only, 64 at most",
                                   owner, text));
            return;
        case Refers::MediaType:
            if (!isMediaType(text))
                report("media_type_invalid", node,
                       fmt::format("{}: \"{}\" is not a media type such as application/pdf", owner, text));
            else if (std::none_of(recognisedMediaTypes().begin(), recognisedMediaTypes().end(),
                                  [&](std::string_view type) { return matchesMediaType(text, type); }))
                report("media_type_never", node,
                       fmt::format("{}: no intake recognises \"{}\", only \"{}\"", owner, text,
                                   fmt::join(recognisedMediaTypes(), "\", \"")));
            return;
        case Refers::AbsolutePath:
            if (text[0] != '/')
                report(
                    "path_relative", node,
                    fmt::format("{}: option \"{}\" must be an absolute path, not \"{}\"", owner, name, text));
            else if (!isPlainPath(text))
                report(
                    "path_invalid", node,
                    fmt::format("{}: option \"{}\" must name a place without \"..\" and control characters, "
                                "not \"{}\"",
                                owner, name, displayText(text)));
            return;
        case Refers::Url:
            if (!isUrl(text))
                report("url_invalid", node,
                       fmt::format("{}: option \"{}\" is an address such as https://host/path, not \"{}\"",
                                   owner, name, text));
            return;
        case Refers::PageSize: {
            PageSize size;
            if (text != "any" && !findPageSize(text, size))
                report("page_size_unknown", node,
                       fmt::format("{}: unknown page size \"{}\"; write a name or 210x297", owner, text),
                       closestName(text, pageSizeNames()));
            return;
        }
        default: references_.push_back({option.refers, text, name, owner, node});
    }
}

Json OptionCheck::checkNumber(const Node& node, const Option& option, const std::string& owner) {
    const Json& value = *node.value;
    const bool isWhole = value.is_number() && std::floor(value.get<double>()) == value.get<double>();
    if (!value.is_number() || (option.type == ValueType::Integer && !isWhole)) {
        reportType(node, option, owner);
        return nullptr;
    }
    const std::string name = nameFor(node, option);
    const auto number = value.get<double>();
    if (option.minimum && number < *option.minimum)
        report("option_too_small", node,
               fmt::format("{}: option \"{}\" is at least {}, not {}", owner, name,
                           rangeText(*option.minimum), dumpJson(value)));
    if (option.maximum && number > *option.maximum)
        report("option_too_large", node,
               fmt::format("{}: option \"{}\" is at most {}, not {}", owner, name, rangeText(*option.maximum),
                           dumpJson(value)));
    if (option.type == ValueType::Integer && value.is_number_float() && std::abs(number) < 9e15)
        return static_cast<std::int64_t>(number);
    return value;
}

Json OptionCheck::checkList(const Node& node, const Option& option, const std::string& owner) {
    if (!node.isList()) {
        reportType(node, option, owner);
        return nullptr;
    }
    const std::string name = nameFor(node, option);
    const auto size = static_cast<double>(node.value->size());
    if (size == 0 && !option.mayBeEmpty)
        report("option_empty", node, fmt::format("{}: option \"{}\" is empty", owner, name));
    else if (option.minimum && size < *option.minimum)
        report("list_too_short", node,
               fmt::format("{}: option \"{}\" has at least {} entries", owner, name,
                           rangeText(*option.minimum)));
    else if (option.maximum && size > *option.maximum)
        report(
            "list_too_long", node,
            fmt::format("{}: option \"{}\" has at most {} entries", owner, name, rangeText(*option.maximum)));
    Json filled = Json::array();
    for (std::size_t i = 0; i < node.value->size(); ++i) {
        const Node item = node.below(i + 1, (*node.value)[i]);
        Json value = option.item ? checkValue(item, *option.item, owner) : *item.value;
        const bool isTwice =
            value.is_string() && std::find(filled.begin(), filled.end(), value) != filled.end();
        if (isTwice)
            report("list_duplicate", item,
                   fmt::format("{}: \"{}\" stands twice in \"{}\"", owner, value.get<std::string>(), name));
        if (!value.is_null()) filled.push_back(std::move(value));
    }
    // Records are compiled by the caller, from the tree.
    if (option.item && option.item->type == ValueType::Record) return nullptr;
    return filled;
}

Json OptionCheck::checkTable(const Node& node, const Option& option, const std::string& owner) {
    if (!node.isPlainTable()) {
        reportType(node, option, owner);
        return nullptr;
    }
    std::map<std::string, Node> options;
    if (node.value->is_object())
        for (const auto& [name, value] : node.value->items())
            options.emplace(name, node.below(name, value));
    if (option.type == ValueType::Table) {
        if (option.inner == nullptr || (option.inner->options.empty() && !option.inner->isOpen))
            return *node.value;
        return checkOptions(options, *option.inner, node, fmt::format("{}: {}", owner, nameFor(node, option)),
                            {});
    }
    if (options.empty() && !option.mayBeEmpty)
        report("option_empty", node, fmt::format("{}: option \"{}\" is empty", owner, nameFor(node, option)));
    Json filled = Json::object();
    for (const auto& [name, value] : options) {
        Json one = option.item ? checkValue(value, *option.item, owner) : *value.value;
        if (!one.is_null()) filled[name] = std::move(one);
    }
    if (option.item && (option.item->type == ValueType::Steps || option.item->type == ValueType::Outcome))
        return nullptr;
    return filled;
}

}  // namespace greffe
