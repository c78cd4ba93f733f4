// SPDX-License-Identifier: Apache-2.0
#include "config/schema.h"

#include "config/schema_parts.h"

#include <algorithm>
#include <set>

namespace greffe {
namespace {

Option make(ValueType type, std::string name, std::string doc) {
    Option option;
    option.type = type;
    option.name = std::move(name);
    option.doc = std::move(doc);
    return option;
}

}  // namespace

Option Option::required() && {
    isRequired = true;
    return std::move(*this);
}
Option Option::orFunction() && {
    mayBeFunction = true;
    return std::move(*this);
}
Option Option::frozen() && {
    isFrozen = true;
    return std::move(*this);
}
Option Option::orEmpty() && {
    mayBeEmpty = true;
    return std::move(*this);
}
Option Option::byDefault(std::string json) && {
    defaultJson = std::move(json);
    return std::move(*this);
}
Option Option::oneOf(std::vector<std::string> values) && {
    allowed = std::move(values);
    return std::move(*this);
}
Option Option::from(double least) && {
    minimum = least;
    return std::move(*this);
}
Option Option::upTo(double most) && {
    maximum = most;
    return std::move(*this);
}
Option Option::naming(Refers what) && {
    refers = what;
    return std::move(*this);
}

Option Option::in(std::string measure) && {
    unit = std::move(measure);
    return std::move(*this);
}
Option Option::returning(std::string luaType) && {
    returns = std::move(luaType);
    return std::move(*this);
}

std::string unitOf(const Option& option) {
    if (!option.unit.empty()) return option.unit;
    for (const std::string_view measure : {"seconds", "days", "years", "mebibytes", "millimetres"})
        if (option.name.size() >= measure.size() &&
            option.name.compare(option.name.size() - measure.size(), measure.size(), measure) == 0)
            return std::string(measure);
    return {};
}

Option text(std::string name, std::string doc) {
    return make(ValueType::Text, std::move(name), std::move(doc));
}
Option boolean(std::string name, std::string doc) {
    return make(ValueType::Boolean, std::move(name), std::move(doc));
}
Option integer(std::string name, std::string doc) {
    return make(ValueType::Integer, std::move(name), std::move(doc));
}
Option number(std::string name, std::string doc) {
    return make(ValueType::Number, std::move(name), std::move(doc));
}
Option function(std::string name, std::string doc) {
    Option option = make(ValueType::Function, std::move(name), std::move(doc));
    option.mayBeFunction = true;
    return option;
}
Option data(std::string name, std::string doc) {
    return make(ValueType::Data, std::move(name), std::move(doc));
}
Option steps(std::string name, std::string doc) {
    return make(ValueType::Steps, std::move(name), std::move(doc));
}
Option outcome(std::string name, std::string doc) {
    return make(ValueType::Outcome, std::move(name), std::move(doc));
}

Option list(std::string name, std::string doc, Option item) {
    Option option = make(ValueType::List, std::move(name), std::move(doc));
    option.item = std::make_shared<const Option>(std::move(item));
    return option;
}

Option map(std::string name, std::string doc, Option item) {
    Option option = make(ValueType::Map, std::move(name), std::move(doc));
    option.item = std::make_shared<const Option>(std::move(item));
    return option;
}

Option table(std::string name, std::string doc, std::vector<Option> options) {
    Option option = make(ValueType::Table, name, doc);
    auto inner = std::make_shared<Schema>();
    inner->name = std::move(name);
    inner->doc = std::move(doc);
    inner->options = std::move(options);
    option.inner = std::move(inner);
    return option;
}

Option records(std::string name, std::string doc, std::vector<std::string> kinds) {
    Option item = make(ValueType::Record, {}, {});
    item.kinds = std::move(kinds);
    Option option = list(std::move(name), std::move(doc), std::move(item));
    option.mayBeEmpty = true;
    return option;
}

std::string_view nameOf(SchemaGroup group) {
    switch (group) {
        case SchemaGroup::Settings: return "settings";
        case SchemaGroup::Intake: return "intake";
        case SchemaGroup::Instance: return "instance";
        case SchemaGroup::Template: return "template";
        case SchemaGroup::Pipeline: return "pipeline";
        case SchemaGroup::Part: return "part";
        case SchemaGroup::Step: return "step";
        case SchemaGroup::Spec: return "spec";
    }
    return "part";
}

const Option* Schema::find(std::string_view option) const {
    for (const Option& known : options)
        if (known.name == option) return &known;
    return nullptr;
}

std::vector<std::string> Schema::optionNames() const {
    std::vector<std::string> names;
    for (const Option& option : options)
        names.push_back(option.name);
    return names;
}

const std::vector<Schema>& allSchemas() {
    static const std::vector<Schema> kAll = [] {
        std::vector<Schema> all;
        for (const auto part :
             {&settingsSchemas, &intakeSchemas, &instanceSchemas, &pipelineSchemas, &stepSchemas})
            for (Schema& schema : part()) {
                schema.page = schema.group == SchemaGroup::Step ? stepPage(schema.name)
                                                                : housePage(schema.group, schema.name);
                all.push_back(std::move(schema));
            }
        return all;
    }();
    return kAll;
}

const Schema* findSchema(SchemaGroup group, std::string_view name) {
    for (const Schema& schema : allSchemas())
        if (schema.group == group && schema.name == name) return &schema;
    return nullptr;
}

std::vector<std::string> schemaNames(SchemaGroup group) {
    std::vector<std::string> names;
    for (const Schema& schema : allSchemas())
        if (schema.group == group) names.push_back(schema.name);
    return names;
}

std::vector<std::string> constructorNames() {
    std::set<std::string> names;
    for (const Schema& schema : allSchemas())
        names.insert(schema.name);
    return {names.begin(), names.end()};
}

const std::vector<Section>& allSections() {
    static const std::vector<Section> kSections = {
        {"settings",
         SchemaGroup::Settings,
         {"settings"},
         false,
         "Where the daemon keeps things and how much it may use"},
        {"keys", SchemaGroup::Instance, {"key"}, true, "The keys that seal"},
        {"timestamp_authorities",
         SchemaGroup::Instance,
         {"timestamp_authority"},
         true,
         "Who proves the time of a seal"},
        {"notifiers", SchemaGroup::Instance, {"notifier"}, true, "How people and systems are told"},
        {"signature_providers",
         SchemaGroup::Instance,
         {"signature_provider"},
         true,
         "Services that have documents signed by people"},
        {"archives", SchemaGroup::Instance, {"archive"}, true, "Where finished dossiers are kept"},
        {"providers", SchemaGroup::Instance, {"provider"}, true, "Services beyond this machine"},
        {"templates", SchemaGroup::Template, {"template"}, true, "The texts of messages"},
        {"intakes", SchemaGroup::Intake, {"folder", "queue"}, true, "Where documents come from"},
        {"pipelines", SchemaGroup::Pipeline, {"pipeline"}, true, "What happens to a document"},
    };
    return kSections;
}

}  // namespace greffe
