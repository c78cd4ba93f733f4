// SPDX-License-Identifier: Apache-2.0
#include "config/schema_reference.h"

#include "config/diagnostic.h"
#include "config/json_schema.h"

#include <fmt/format.h>

#include <map>

namespace greffe {
namespace {

std::string rangeText(const Option& option) {
    const auto show = [](double number) { return fmt::format("{:g}", number); };
    const bool isLength = option.type == ValueType::Text || option.type == ValueType::List;
    const std::string unit = option.type == ValueType::Text   ? " characters"
                             : option.type == ValueType::List ? " entries"
                                                              : "";
    // Whole numbers of this size must not become 1e+07.
    const auto exact = [&](double number) {
        return number == static_cast<double>(static_cast<long long>(number))
                   ? fmt::format("{}", static_cast<long long>(number))
                   : show(number);
    };
    if (option.minimum && option.maximum && (!isLength || *option.minimum > 0))
        return fmt::format(", {} to {}{}", exact(*option.minimum), exact(*option.maximum), unit);
    if (option.maximum) return fmt::format(", at most {}{}", exact(*option.maximum), unit);
    if (option.minimum) return fmt::format(", at least {}{}", exact(*option.minimum), unit);
    return {};
}

std::string plainType(const Option& option) {
    switch (option.type) {
        case ValueType::Text:
            return option.allowed.empty() ? "text" : fmt::format("`{}`", fmt::join(option.allowed, "`, `"));
        case ValueType::Boolean: return "true or false";
        case ValueType::Integer: return "whole number";
        case ValueType::Number: return "number";
        case ValueType::List:
            return fmt::format("list of {}", option.item ? typeText(*option.item) : "values");
        case ValueType::Map:
            return fmt::format("names with {}", option.item ? typeText(*option.item) : "values");
        case ValueType::Table: return "table";
        case ValueType::Steps: return "steps";
        case ValueType::Outcome: return "`\"continue\"`, `refuse` or steps";
        case ValueType::Record: return fmt::format("`{}`", fmt::join(option.kinds, "` or `"));
        case ValueType::Secret: return "`secret_file(\"…\")`";
        case ValueType::Function: return "function(d)";
        case ValueType::Data: return "data";
    }
    return "value";
}

// A vertical line would end the table's cell.
std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.insert(at, 1, '\\');
    return text;
}

void addOptions(std::string& page, const std::vector<Option>& options, const std::string& prefix) {
    for (const Option& option : options) {
        std::string must = option.isRequired            ? "required"
                           : option.defaultJson.empty() ? ""
                                                        : fmt::format("`{}`", option.defaultJson);
        std::string doc = option.doc;
        if (option.isFrozen) doc += "; a change needs a restart";
        page += fmt::format("| `{}{}` | {} | {} | {} |\n", prefix, option.name, cell(typeText(option)),
                            cell(must), cell(doc));
        if (option.inner != nullptr) addOptions(page, option.inner->options, prefix + option.name + ".");
    }
}

void addSchema(std::string& page, const Schema& schema) {
    page += fmt::format("\n### `{}`\n\n{}.\n\n| option | type | default | |\n|---|---|---|---|\n",
                        schema.name, schema.doc);
    addOptions(page, schema.options, {});
    if (schema.isOpen) page += "\nFurther options are the plugin's.\n";
    if (!schema.namedBy.empty())
        page += fmt::format("\n`{} \"…\" {{ … }}` gives its `{}`.\n", schema.name, schema.namedBy);
}

std::string annotationType(const Option& option) {
    std::string type;
    switch (option.type) {
        case ValueType::Text:
            type =
                option.allowed.empty() ? "string" : fmt::format("\"{}\"", fmt::join(option.allowed, "\"|\""));
            break;
        case ValueType::Boolean: type = "boolean"; break;
        case ValueType::Integer: type = "integer"; break;
        case ValueType::Number: type = "number"; break;
        case ValueType::List:
        case ValueType::Map: {
            const std::string item = option.item ? annotationType(*option.item) : "any";
            type = option.type == ValueType::List ? fmt::format("({})[]", item)
                                                  : fmt::format("table<string, {}>", item);
            break;
        }
        case ValueType::Table: type = "table"; break;
        case ValueType::Steps: type = "greffe.Step[]"; break;
        case ValueType::Outcome: type = "\"continue\"|greffe.Step|greffe.Step[]"; break;
        case ValueType::Record: type = "greffe.Entry"; break;
        case ValueType::Secret: type = "greffe.Secret"; break;
        case ValueType::Function: return "fun(d: greffe.Dossier): any";
        case ValueType::Data: type = "any"; break;
    }
    if (option.mayBeFunction) type += "|fun(d: greffe.Dossier): any";
    return type;
}

std::string className(const Schema& schema) {
    return fmt::format("greffe.{}.{}", nameOf(schema.group), schema.name);
}

}  // namespace

std::string typeText(const Option& option) {
    return plainType(option) +
           (option.mayBeFunction && option.type != ValueType::Function ? " or function(d)" : "") +
           rangeText(option);
}

std::string referencePage() {
    std::string page =
        "# Configuration reference\n\nMade from the schemas of daemon/config; do not edit.\n\n"
        "`greffe.lua` and the files of `conf.d/` return a table of sections:\n\n| section | holds | "
        "|\n|---|---|---|\n";
    for (const Section& section : allSections())
        page += fmt::format("| `{}` | {}`{}` | {} |\n", section.name, section.isList ? "list of " : "",
                            fmt::join(section.kinds, "`, `"), section.doc);
    static const std::vector<std::pair<SchemaGroup, const char*>> kHeadings = {
        {SchemaGroup::Settings, "Settings"},
        {SchemaGroup::Intake, "Intakes"},
        {SchemaGroup::Instance, "Instances of plugins"},
        {SchemaGroup::Template, "Templates"},
        {SchemaGroup::Pipeline, "Pipelines"},
        {SchemaGroup::Part, "Parts of pipelines"},
        {SchemaGroup::Step, "Steps"}};
    for (const auto& [group, heading] : kHeadings) {
        page += fmt::format("\n## {}\n", heading);
        for (const Schema& schema : allSchemas())
            if (schema.group == group) addSchema(page, schema);
    }
    page += "\n## Diagnostics\n\n| code | | meaning |\n|---|---|---|\n";
    for (const DiagnosticCode& code : diagnosticCodes())
        page += fmt::format("| `{}` | {} | {} |\n", code.code,
                            code.severity == Severity::Error ? "error" : "warning", code.explanation);
    return page;
}

std::string pluginReference(const PluginFacts& plugin) {
    std::string page = fmt::format("\n### Plugin `{}` {}\n\nOffers {}.\n", plugin.id, plugin.version,
                                   fmt::join(plugin.capabilities, ", "));
    const Result<Schema> schema = readJsonSchema(plugin.optionsSchema);
    if (!schema) return page + "\n" + schema.error().text() + "\n";
    const Result<Schema> step = readStepSchema(plugin.optionsSchema);
    const bool hasStepOptions = step && !step->options.empty();
    const auto addTable = [&page](const char* heading, const Schema& options) {
        page += fmt::format("\n| {} | type | default | |\n|---|---|---|---|\n", heading);
        addOptions(page, options.options, {});
    };
    if (schema->options.empty() && !hasStepOptions) return page + "\nIt has no options.\n";
    if (!schema->options.empty()) addTable("option", *schema);
    if (hasStepOptions) addTable("option of a step", *step);
    return page;
}

std::string luaAnnotations() {
    std::string text =
        "---@meta\n-- Made from the schemas of daemon/config; do not edit.\n\n"
        "---@class greffe.Entry\n---@class greffe.Step: greffe.Entry\n---@class greffe.Secret\n\n"
        "---@class greffe.Dossier\n---@field id string\n---@field type string\n---@field data table<string, "
        "any>\n"
        "---@field parties table[]\n---@field documents table<string, table>\n---@field facts table<string, "
        "table<string, any>>\n\n"
        "---@param pattern string a file, or files with *, relative to this one\n---@return any\nfunction "
        "include(pattern) end\n\n"
        "---@param name string\n---@return string?\nfunction env(name) end\n\n"
        "---@param path string\n---@return greffe.Secret\nfunction secret_file(path) end\n";
    // A word may construct two things (archive: an instance and a step): its function takes either.
    std::map<std::string, std::vector<const Schema*>> byName;
    for (const Schema& schema : allSchemas()) {
        text += fmt::format("\n---{}\n---@class {}\n", schema.doc, className(schema));
        for (const Option& option : schema.options)
            text += fmt::format("---@field {}{} {} {}\n", option.name, option.isRequired ? "" : "?",
                                annotationType(option), option.doc);
        if (schema.isOpen) text += "---@field [string] any option of the plugin\n";
        byName[schema.name].push_back(&schema);
    }
    for (const auto& [name, schemas] : byName) {
        std::vector<std::string> classes;
        bool isStep = false;
        for (const Schema* schema : schemas) {
            classes.push_back(className(*schema));
            if (!schema->namedBy.empty()) classes.emplace_back("string");
            isStep = isStep || schema->group == SchemaGroup::Step;
        }
        text += fmt::format("\n---@param options {}\n---@return {}\nfunction {}(options) end\n",
                            fmt::join(classes, "|"), isStep ? "greffe.Step" : "greffe.Entry", name);
    }
    return text;
}

}  // namespace greffe
