// SPDX-License-Identifier: Apache-2.0
#include "config/schema_description.h"

#include "base/json.h"
#include "config/diagnostic.h"
#include "config/json_schema.h"
#include "config/plan.h"
#include "config/schema.h"
#include "config/step_kinds.h"

#include <cmath>

namespace greffe {
namespace {

const char* nameOf(ValueType type) {
    switch (type) {
        case ValueType::Text: return "text";
        case ValueType::Boolean: return "boolean";
        case ValueType::Integer: return "integer";
        case ValueType::Number: return "number";
        case ValueType::List: return "list";
        case ValueType::Map: return "map";
        case ValueType::Table: return "table";
        case ValueType::Steps: return "steps";
        case ValueType::Outcome: return "outcome";
        case ValueType::Record: return "entry";
        case ValueType::Secret: return "secret";
        case ValueType::Function: return "function";
        case ValueType::Data: return "data";
    }
    return "";
}

// What a text must be, or what it must be the name of.
const char* nameOf(Refers refers) {
    switch (refers) {
        case Refers::Nothing: return "";
        case Refers::Key: return "key";
        case Refers::Authority: return "timestamp_authority";
        case Refers::Notifier: return "notifier";
        case Refers::Archive: return "archive";
        case Refers::SignatureProvider: return "signature_provider";
        case Refers::Provider: return "provider";
        case Refers::Pipeline: return "pipeline";
        case Refers::Document: return "document";
        case Refers::Template: return "template";
        case Refers::Recipient: return "recipient";
        case Refers::Role: return "role";
        case Refers::Plugin: return "plugin";
        case Refers::PageSize: return "page_size";
        case Refers::MediaType: return "media_type";
        case Refers::AbsolutePath: return "absolute_path";
        case Refers::Url: return "url";
        case Refers::Name: return "name";
    }
    return "";
}

const char* nameOf(ReasonClass cls) {
    switch (cls) {
        case ReasonClass::None: return "none";
        case ReasonClass::Sender: return "sender";
        case ReasonClass::Technical: return "technical";
        case ReasonClass::Transient: return "transient";
        case ReasonClass::Person: return "person";
    }
    return "";
}

Json limit(double number) {
    if (number == std::floor(number)) return static_cast<std::int64_t>(number);
    return number;
}

Json optionsJson(const std::vector<Option>& options);

Json optionJson(const Option& option) {
    Json json = {{"type", nameOf(option.type)}, {"required", option.isRequired}, {"since", option.since}};
    if (!option.name.empty()) json["name"] = option.name;
    if (!option.doc.empty()) json["doc"] = option.doc;
    if (const std::string unit = unitOf(option); !unit.empty()) json["unit"] = unit;
    if (!option.defaultJson.empty()) json["default"] = storedJson(option.defaultJson);
    if (!option.allowed.empty()) json["allowed"] = option.allowed;
    if (option.minimum) json["minimum"] = limit(*option.minimum);
    if (option.maximum) json["maximum"] = limit(*option.maximum);
    if (option.refers != Refers::Nothing) json["names"] = nameOf(option.refers);
    if (option.mayBeFunction) json["function"] = option.returns.empty() ? "value" : option.returns;
    if (option.isFrozen) json["restart"] = true;
    if (option.mayBeEmpty) json["may_be_empty"] = true;
    if (!option.kinds.empty()) json["kinds"] = option.kinds;
    if (option.inner != nullptr) json["options"] = optionsJson(option.inner->options);
    if (option.item != nullptr) json["item"] = optionJson(*option.item);
    return json;
}

Json optionsJson(const std::vector<Option>& options) {
    Json list = Json::array();
    for (const Option& option : options)
        list.push_back(optionJson(option));
    return list;
}

Json factsJson(const std::vector<Fact>& facts) {
    Json list = Json::array();
    for (const Fact& fact : facts)
        list.push_back({{"name", fact.name}, {"type", fact.type}, {"doc", fact.doc}});
    return list;
}

Json reasonCodes(const std::vector<Reason>& reasons) {
    Json list = Json::array();
    for (const Reason reason : reasons)
        list.push_back(reasonCode(reason));
    return list;
}

Json constructJson(const Schema& schema) {
    Json json = {{"name", schema.name},
                 {"group", nameOf(schema.group)},
                 {"doc", schema.doc},
                 {"purpose", schema.page.purpose},
                 {"example", schema.page.example},
                 {"options", optionsJson(schema.options)},
                 {"is_open", schema.isOpen}};
    if (!schema.namedBy.empty()) json["named_by"] = schema.namedBy;
    if (schema.group != SchemaGroup::Step) return json;
    const StepKind& kind = *findStepKind(schema.name);
    json["step"] = {{"effect", nameOf(kind.effect)},
                    {"deadline_seconds", kind.deadlineSeconds},
                    {"ends", schema.page.ends},
                    {"facts", factsJson(schema.page.facts)},
                    {"reasons", reasonCodes(schema.page.reasons)}};
    if (!kind.capability.empty()) json["step"]["capability"] = kind.capability;
    return json;
}

Json pluginJson(const PluginFacts& plugin) {
    Json json = {{"id", plugin.id},
                 {"version", plugin.version},
                 {"pool", plugin.sandbox},
                 {"capabilities", plugin.capabilities},
                 {"constructors", Json::array()}};
    for (const Schema& schema : allSchemas())
        if (schema.group == SchemaGroup::Instance && isForRole(plugin, schema.name))
            json["constructors"].push_back(schema.name);
    const Result<Schema> options = readJsonSchema(plugin.optionsSchema);
    const Result<Schema> stepOptions = readStepSchema(plugin.optionsSchema);
    if (!options || !stepOptions) {
        json["problem"] = (options ? stepOptions : options).error().text();
        return json;
    }
    json["options"] = optionsJson(options->options);
    json["step_options"] = optionsJson(stepOptions->options);
    return json;
}

}  // namespace

Json describeSchemas(std::span<const PluginFacts> plugins) {
    Json all = {{"format", kDescriptionFormat},
                {"sections", Json::array()},
                {"constructs", Json::array()},
                {"every_step",
                 {{"options", optionsJson(commonStepOptions())},
                  {"facts_of_a_failure", factsJson(failedStepFacts())},
                  {"reasons", reasonCodes(commonStepReasons())}}},
                {"functions", Json::array()},
                {"reasons", Json::array()},
                {"diagnostics", Json::array()},
                {"plugins", Json::array()}};
    for (const Section& section : allSections())
        all["sections"].push_back({{"name", section.name},
                                   {"kinds", section.kinds},
                                   {"is_list", section.isList},
                                   {"doc", section.doc}});
    for (const Schema& schema : allSchemas())
        all["constructs"].push_back(constructJson(schema));
    for (const ViewClass& type : dossierView())
        all["functions"].push_back(
            {{"name", type.name}, {"doc", type.doc}, {"fields", factsJson(type.fields)}});
    for (const ReasonInfo& reason : kReasons)
        all["reasons"].push_back(
            {{"code", reason.code}, {"class", nameOf(reason.cls)}, {"text", reason.text}});
    for (const DiagnosticCode& code : diagnosticCodes())
        all["diagnostics"].push_back(
            {{"code", code.code}, {"severity", nameOf(code.severity)}, {"text", code.explanation}});
    for (const PluginFacts& plugin : plugins)
        all["plugins"].push_back(pluginJson(plugin));
    return all;
}

}  // namespace greffe
