// SPDX-License-Identifier: Apache-2.0
#include "config/schema_reference.h"

#include "config/diagnostic.h"
#include "config/json_schema.h"
#include "config/spec_schema.h"
#include "config/step_kinds.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string_view effectText(EffectClass effect) {
    switch (effect) {
        case EffectClass::Pure: return "It changes nothing outside: after a crash it simply runs again.";
        case EffectClass::Idempotent: return "Done twice is as good as once: after a crash it runs again.";
        case EffectClass::Once:
            return "It is never done twice unknowingly: after a crash it is found out first whether it "
                   "happened.";
    }
    return "";
}

std::string_view whoMends(ReasonClass cls) {
    switch (cls) {
        case ReasonClass::Sender: return "sender";
        case ReasonClass::Technical: return "operator";
        case ReasonClass::Transient: return "time";
        case ReasonClass::Person: return "person";
        case ReasonClass::None: break;
    }
    return "";
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

// One option a row; nothing where there is none of its own.
void addTable(std::string& page, const char* heading, const std::vector<Option>& options) {
    if (options.empty()) return;
    page += fmt::format("\n| {} | type | default | |\n|---|---|---|---|\n", heading);
    addOptions(page, options, {});
}

void addFacts(std::string& page, const std::vector<Fact>& facts) {
    page += "\n| fact | type | |\n|---|---|---|\n";
    for (const Fact& fact : facts)
        page += fmt::format("| `{}` | `{}` | {} |\n", fact.name, cell(fact.type), cell(fact.doc));
}

std::vector<Option> ownOptions(const Schema& schema) {
    if (schema.group != SchemaGroup::Step) return schema.options;
    std::vector<Option> own;
    for (const Option& option : schema.options) {
        const std::vector<Option>& common = commonStepOptions();
        if (std::none_of(common.begin(), common.end(),
                         [&](const Option& each) { return each.name == option.name; }))
            own.push_back(option);
    }
    return own;
}

std::string codes(const std::vector<Reason>& reasons) {
    std::vector<std::string_view> names;
    names.reserve(reasons.size());
    for (const Reason reason : reasons)
        names.push_back(reasonCode(reason));
    return fmt::format("`{}`", fmt::join(names, "`, `"));
}

void addStepFacts(std::string& page, const Schema& schema) {
    const StepKind& kind = *findStepKind(schema.name);
    page += fmt::format("\nHow it ends: {}\n", schema.page.ends);
    if (!schema.page.facts.empty()) {
        page += fmt::format("\nWhat it records, for later functions: `d.facts.ID.…`\n");
        addFacts(page, schema.page.facts);
    }
    if (!schema.page.reasons.empty())
        page +=
            fmt::format("\nWhat can go wrong, beside [what can with every step](#what-can-go-wrong): {}.\n",
                        codes(schema.page.reasons));
    page += fmt::format("\nOne attempt takes {} seconds at most, if nothing else is said. {}\n",
                        kind.deadlineSeconds, effectText(kind.effect));
    if (!kind.capability.empty())
        page += fmt::format("It needs a plugin that offers `{}`.\n", kind.capability);
}

// A word may construct two things (archive: an instance and a step).
std::string headingOf(const Schema& schema) {
    const bool isStepToo =
        schema.group != SchemaGroup::Step && findSchema(SchemaGroup::Step, schema.name) != nullptr;
    const bool isElsewhereToo =
        schema.group == SchemaGroup::Step && findSchema(SchemaGroup::Instance, schema.name) != nullptr;
    return isStepToo        ? fmt::format("`{}` (in greffe.lua)", schema.name)
           : isElsewhereToo ? fmt::format("`{}` (a step)", schema.name)
                            : fmt::format("`{}`", schema.name);
}

// As the page's own links spell it: small letters, hyphens for blanks, no other signs.
std::string anchorOf(const std::string& heading) {
    std::string anchor;
    for (const char c : heading)
        if (c == ' ')
            anchor += '-';
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')
            anchor += c;
        else if (c >= 'A' && c <= 'Z')
            anchor += static_cast<char>(c - 'A' + 'a');
    return anchor;
}

void addSchema(std::string& page, const Schema& schema) {
    page += fmt::format("\n### {}\n\n{}.\n", headingOf(schema), schema.doc);
    if (!schema.page.purpose.empty()) page += fmt::format("{}\n", schema.page.purpose);
    if (!schema.page.example.empty()) page += fmt::format("\n```lua\n{}\n```\n", schema.page.example);
    addTable(page, "option", ownOptions(schema));
    if (schema.isOpen)
        page +=
            "\nFurther options are the plugin's: `greffe plugin show` lists them, and `greffe config "
            "describe` "
            "has them behind this page.\n";
    if (!schema.namedBy.empty())
        page += fmt::format("\n`{} \"…\" {{ … }}` gives its `{}`.\n", schema.name, schema.namedBy);
    if (schema.group == SchemaGroup::Step) addStepFacts(page, schema);
}

void addSections(std::string& page) {
    page +=
        "\n## The files\n\n"
        "`greffe.lua` and the files of `conf.d/` return a table of sections; what a file of `conf.d/` says "
        "goes over "
        "what `greffe.lua` says, option by option. A pipeline is a file of its own, brought in with "
        "`include \"pipelines/*.lua\"`.\n\n"
        "| section | holds | |\n|---|---|---|\n";
    for (const Section& section : allSections())
        page += fmt::format("| `{}` | {}`{}` | {} |\n", section.name, section.isList ? "list of " : "",
                            fmt::join(section.kinds, "`, `"), section.doc);
}

void addView(std::string& page) {
    page +=
        "\n## What functions see\n\n"
        "Where an option says \"or function(d)\", a function may stand instead of a value. It is called "
        "before the "
        "step begins, and what it returns is kept with the step. It has 50 ms and 8 MiB, and changes "
        "nothing. There "
        "is no clock, no random number, no file and no network: what it knows is `d`, and inside an `each` "
        "its "
        "second argument. One that fails, or returns something else than the option takes, holds the dossier "
        "for an "
        "operator, whatever `on_error` says: the mistake is in the pipeline.\n";
    for (const ViewClass& type : dossierView()) {
        page += fmt::format("\n{}:\n\n| {} | type | |\n|---|---|---|\n", type.doc,
                            type.name == "Dossier" ? "`d.…`" : "field");
        for (const Fact& field : type.fields)
            page += fmt::format("| `{}` | `{}` | {} |\n", field.name, cell(field.type), cell(field.doc));
    }
    page +=
        "\nA step that failed and went on (`on_error = \"continue\"`) has these facts instead of its own:\n";
    addFacts(page, failedStepFacts());
    page +=
        "\nOf Lua's library there are `string`, `table`, `math` without random, `utf8`, and of the rest what "
        "does no "
        "harm. For editors: `greffe config annotations` writes all of it down, for the Lua language "
        "server.\n";
}

void addReasons(std::string& page) {
    page +=
        "\n## What can go wrong\n\n"
        "Every reason has a code that receipts, the journal and `d.facts.ID.error` carry. With every step: " +
        codes(commonStepReasons()) +
        ". What follows depends on who can mend it:\n\n"
        "| who | what follows |\n|---|---|\n"
        "| sender | the dossier ends as rejected; the file lies in `rejected/` with a receipt that says why; "
        "another `on_error` than `hold` decides instead |\n"
        "| time | the step is tried again, as its `retry` says; when all attempts are used up, `on_error` "
        "decides |\n"
        "| operator | the dossier is held (in `quarantine/` when nothing was done with it yet), or "
        "`on_error` decides; a `configuration_error` holds it whatever `on_error` says |\n"
        "| person | the dossier ends as refused, expired or cancelled |\n"
        "\n| code | who can mend it | |\n|---|---|---|\n";
    for (const ReasonInfo& reason : kReasons) {
        if (reason.cls == ReasonClass::None) continue;
        page += fmt::format("| `{}` | {} | {} |\n", reason.code, whoMends(reason.cls), reason.text);
    }
}

void addSpecs(std::string& page) {
    page +=
        "\n## Specs\n\nA file of `tests/` beside `greffe.lua` returns a list of specs; `greffe test` runs "
        "them. Files in folders "
        "below `tests/` are there to be dropped or included. A spec's entries are done in their order.\n";
    for (const Schema& schema : specSchemas())
        addSchema(page, schema);
}

void addDiagnostics(std::string& page) {
    page +=
        "\n## Diagnostics\n\nWhat `greffe check` says, each with file, line and column. Errors keep a "
        "configuration from "
        "being used, warnings do not.\n\n| code | | meaning |\n|---|---|---|\n";
    for (const DiagnosticCode& code : diagnosticCodes())
        page += fmt::format("| `{}` | {} | {} |\n", code.code, nameOf(code.severity), code.explanation);
}

}  // namespace

std::string typeText(const Option& option) {
    return plainType(option) +
           (option.mayBeFunction && option.type != ValueType::Function ? " or function(d)" : "") +
           rangeText(option);
}

std::string referencePage() {
    static const std::vector<std::pair<SchemaGroup, const char*>> kHeadings = {
        {SchemaGroup::Settings, "The house"},
        {SchemaGroup::Intake, "Intakes"},
        {SchemaGroup::Instance, "Instances of plugins"},
        {SchemaGroup::Template, "Templates"},
        {SchemaGroup::Pipeline, "Pipelines"},
        {SchemaGroup::Part, "Parts of pipelines"},
        {SchemaGroup::Step, "Steps"}};
    std::string page =
        "# The configuration\n\n"
        "Everything that may stand in `greffe.lua` and in pipelines. Made from the schemas of daemon/config, "
        "by which "
        "`greffe check` judges too: do not edit, see the end of daemon/config/README.md. The files beside "
        "this one are a "
        "starting point that passes the check; `greffe config new NAME` writes one of your own.\n\n";
    for (const auto& [group, heading] : kHeadings) {
        std::vector<std::string> links;
        for (const Schema& schema : allSchemas())
            if (schema.group == group)
                links.push_back(fmt::format("[{}](#{})", schema.name, anchorOf(headingOf(schema))));
        page += fmt::format("- {}: {}\n", heading, fmt::join(links, ", "));
    }
    page +=
        "- [What functions see](#what-functions-see), [what can go wrong](#what-can-go-wrong), "
        "[specs](#specs), [diagnostics](#diagnostics)\n";
    addSections(page);
    for (const auto& [group, heading] : kHeadings) {
        page += fmt::format("\n## {}\n", heading);
        if (group == SchemaGroup::Step) {
            page += "\nSteps are done in their order. Every step has these options, and those of its kind:\n";
            addTable(page, "option", commonStepOptions());
        }
        for (const Schema& schema : allSchemas())
            if (schema.group == group) addSchema(page, schema);
    }
    addView(page);
    addReasons(page);
    addSpecs(page);
    addDiagnostics(page);
    return page;
}

std::string pluginReference(const PluginFacts& plugin) {
    std::string page = fmt::format("\n### Plugin `{}` {}\n\nOffers {}.\n", plugin.id, plugin.version,
                                   fmt::join(plugin.capabilities, ", "));
    const Result<Schema> schema = readJsonSchema(plugin.optionsSchema);
    if (!schema) return page + "\n" + schema.error().text() + "\n";
    const Result<Schema> step = readStepSchema(plugin.optionsSchema);
    const bool hasStepOptions = step && !step->options.empty();
    if (schema->options.empty() && !hasStepOptions) return page + "\nIt has no options.\n";
    addTable(page, "option", schema->options);
    if (hasStepOptions) addTable(page, "option of a step", step->options);
    return page;
}

}  // namespace greffe
