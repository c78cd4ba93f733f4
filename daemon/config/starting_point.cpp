// SPDX-License-Identifier: Apache-2.0
#include "config/starting_point.h"

#include "base/json.h"
#include "config/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace greffe {
namespace {

constexpr std::size_t kCommentColumn = 44;
constexpr std::size_t kLineWidth = 118;
constexpr const char* kDropFolders = "/srv/greffe/";

using Given = std::map<std::string, std::string>;  // option → Lua

std::string luaText(std::string_view text) {
    return fmt::format("\"{}\"", text);
}

// JSON as Lua: what defaults are.
std::string luaOf(const Json& value) {
    if (value.is_array()) {
        std::string list;
        for (const Json& each : value)
            list += (list.empty() ? " " : ", ") + luaOf(each);
        return list.empty() ? "{}" : "{" + list + " }";
    }
    return value.is_object() ? "{}" : dumpJson(value);
}

// What a comment says of an option: its sentence and what it may be.
std::string docOf(const Option& option) {
    return option.allowed.empty() ? option.doc
                                  : fmt::format("{} ({})", option.doc, fmt::join(option.allowed, ", "));
}

// "code,   -- comment", on two lines where one is too long.
std::string commented(std::size_t indent, const std::string& code, const std::string& doc) {
    const std::string margin(indent, ' ');
    const std::size_t column = std::max(kCommentColumn, indent + code.size() + 2);
    if (column + 3 + doc.size() > kLineWidth) return fmt::format("{0}-- {1}:\n{0}{2}\n", margin, doc, code);
    return fmt::format("{}{:<{}}-- {}\n", margin, code, column - indent, doc);
}

// The options of one construct, those that are given first; `more`: the others as comments.
std::string options(std::size_t indent, const Schema& schema, const Given& given, bool more = true) {
    std::string active, left;
    for (const Option& option : schema.options) {
        if (const auto found = given.find(option.name); found != given.end()) {
            active += commented(indent, fmt::format("{} = {},", option.name, found->second), docOf(option));
            continue;
        }
        const std::vector<Option>& common = commonStepOptions();
        const bool isOfEveryStep = schema.group == SchemaGroup::Step &&
                                   std::any_of(common.begin(), common.end(),
                                               [&](const Option& each) { return each.name == option.name; });
        if (!more || isOfEveryStep) continue;
        const std::string value = option.defaultJson.empty() ? "…" : luaOf(storedJson(option.defaultJson));
        left += commented(indent, fmt::format("-- {} = {},", option.name, value), docOf(option));
    }
    return active + left;
}

std::string construct(std::size_t indent, const Schema& schema, const Given& given, bool more = true) {
    const std::string margin(indent, ' ');
    return fmt::format("{0}{1} {{\n{2}{0}}},\n", margin, schema.name,
                       options(indent + 2, schema, given, more));
}

// Every line of a text behind "--". The text is `textIndent` deep already.
std::string asComment(std::size_t indent, std::string_view text, std::size_t textIndent = 0) {
    std::string out;
    const std::string margin(indent, ' ');
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        std::string_view line = text.substr(start, end - start);
        line.remove_prefix(std::min(textIndent, line.size()));
        out += fmt::format("{}-- {}\n", margin, line);
        start = end + 1;
    }
    return out;
}

// A step under a line that says what it is for; `without` says why it is a comment.
std::string step(std::string_view kind, const Given& given, std::string_view without = {}) {
    const Schema& schema = *findSchema(SchemaGroup::Step, kind);
    const std::string text = construct(4, schema, given);
    if (without.empty()) return fmt::format("    -- {}.\n{}", schema.doc, text);
    return fmt::format("    -- {}. {}:\n{}", schema.doc, without, asComment(4, text, 4));
}

std::string part(std::string_view option) {
    const Schema& pipeline = *findSchema(SchemaGroup::Pipeline, "pipeline");
    const std::string kind = option == "documents" ? "slot" : "role";
    return fmt::format("  -- {}:\n{}", pipeline.find(option)->doc,
                       asComment(2, findSchema(SchemaGroup::Part, kind)->page.example));
}

std::string sectionAsComment(std::string_view section, std::string_view constructor, SchemaGroup group) {
    const auto found = std::find_if(allSections().begin(), allSections().end(),
                                    [&](const Section& each) { return each.name == section; });
    return fmt::format("  -- {}:\n{}", found->doc,
                       asComment(2, findSchema(group, constructor)->page.example));
}

std::string sectionComment(std::string_view section) {
    const auto found = std::find_if(allSections().begin(), allSections().end(),
                                    [&](const Section& each) { return each.name == section; });
    return fmt::format("  -- {}.\n", found->doc);
}

}  // namespace

HouseParts startingParts(std::string_view pipeline) {
    return {"office", "", "vault", kDropFolders + std::string(pipeline)};
}

HouseParts partsOf(const Plan& plan, std::string_view pipeline) {
    HouseParts parts;
    for (const InstancePlan& instance : plan.instances) {
        const Json levels = memberOf(storedJson(instance.hostOptionsJson), "levels");
        const bool mayUse =
            instance.role != "key" || std::find(levels.begin(), levels.end(), Json("B-B")) != levels.end();
        std::string* const name = instance.role == "key"        ? &parts.key
                                  : instance.role == "notifier" ? &parts.notifier
                                  : instance.role == "archive"  ? &parts.archive
                                                                : nullptr;
        if (name != nullptr && name->empty() && mayUse) *name = instance.name;
    }
    // Beside the folders that are watched already: not inside one, which the check refuses.
    std::string beside = kDropFolders;
    for (const IntakePlan& intake : plan.intakes)
        if (intake.kind == "folder") {
            beside = intake.path.substr(0, intake.path.rfind('/') + 1);
            break;
        }
    parts.dropFolder = beside + std::string(pipeline);
    return parts;
}

std::string startingPipeline(std::string_view name, const HouseParts& parts) {
    const Schema& pipeline = *findSchema(SchemaGroup::Pipeline, "pipeline");
    const Schema& folder = *findSchema(SchemaGroup::Intake, "folder");
    std::string text = fmt::format(
        R"lua(-- The pipeline "{0}": what happens to a document, step by step. A starting point; change what you like.
--
--   everything that is wrong, with file and line:    greffe check --config FOLDER
--   what would become of a file, nothing leaves:     greffe simulate FOLDER SAMPLE.pdf
--   its steps as an outline, or drawn:               greffe pipeline show {0} --config FOLDER [--graph FILE.svg]
--   completion and help in editors that know Lua:    greffe config annotations --into FOLDER
--   the manual of all steps and options:             greffe config describe
--
-- An option behind -- is left out: it has the value that stands there, or none where that is "…".
return pipeline {{
{1}
)lua",
        name,
        options(
            2, pipeline,
            {{"name", luaText(name)}, {"description", luaText("Checks, seals and keeps what is dropped")}},
            false));
    text += fmt::format("  -- {}.\n  intake = {{\n", pipeline.find("intake")->doc);
    text +=
        construct(4, folder, {{"path", luaText(parts.dropFolder)}, {"accepts", "{ \"application/pdf\" }"}});
    text += "  },\n\n" + part("documents") + "\n" + part("parties") + "\n";
    text += fmt::format(
        "  -- {}. A running dossier finds its place by the ids: they stay as they are.\n  steps = {{\n",
        pipeline.find("steps")->doc);
    text += step("validate", {{"id", luaText("check")},
                              {"max_pages", "500"},
                              {"active_content", luaText("refuse")},
                              {"signatures", luaText("must_hold")}});
    text += "\n" + step("task",
                        {{"id", luaText("verify")},
                         {"ask", luaText("clerk")},
                         {"question", luaText("May this be sealed?")},
                         {"answers", R"({ "yes", "no" })"},
                         {"on", R"({ no = refuse "the clerk said no" })"},
                         {"expires_days", "30"},
                         {"on_expired", R"(refuse "nobody answered in time")"}},
                        "Where a person must agree first");
    text += "\n" + step("seal",
                        {{"id", luaText("seal")},
                         {"key", luaText(parts.key.empty() ? "office" : parts.key)},
                         {"level", luaText("B-B")}},
                        parts.key.empty() ? "greffe.lua has no key for it yet" : "");
    text += "\n" + step("archive",
                        {{"id", luaText("keep")},
                         {"archive", luaText(parts.archive.empty() ? "vault" : parts.archive)}},
                        parts.archive.empty() ? "greffe.lua has no archive yet" : "");
    text += "\n" + step("notify",
                        {{"id", luaText("tell")},
                         {"via", luaText(parts.notifier.empty() ? "mail" : parts.notifier)},
                         {"to", R"({ "office@example.org" })"},
                         {"template", luaText("sealed")},
                         {"on_error", luaText("continue")}},
                        parts.notifier.empty() ? "greffe.lua has no notifier yet" : "");
    return text + "  },\n}\n";
}

std::string startingHouse(std::string_view pipeline) {
    const Schema& settings = *findSchema(SchemaGroup::Settings, "settings");
    const Schema& key = *findSchema(SchemaGroup::Instance, "key");
    const Schema& archive = *findSchema(SchemaGroup::Instance, "archive");
    const HouseParts parts = startingParts(pipeline);
    std::string text =
        "-- The house around the pipelines: where things are kept, the keys that seal, who is told.\n"
        "-- `greffe check --config FOLDER --live` looks whether all of it is there.\n"
        "return {\n" +
        sectionComment("settings") + "  settings = settings {\n" +
        options(4, settings, {{"spool", "\"/var/lib/greffe\""}, {"language", "\"fr\""}}) + "  },\n\n" +
        sectionComment("keys") +
        "  -- A secret is named by its file and never stands here; a simulation needs none.\n  keys = {\n";
    text += fmt::format("    {} {{\n{}", key.name, options(6, key, {{"name", luaText(parts.key)}}));
    text +=
        "      private_key = secret_file(\"/etc/greffe/keys/office.key\"),\n"
        "      certificate = secret_file(\"/etc/greffe/keys/office.pem\"),\n    },\n  },\n\n";
    text += sectionComment("archives") + "  archives = {\n";
    text +=
        fmt::format("    {} {{\n{}", archive.name, options(6, archive, {{"name", luaText(parts.archive)}}));
    text += "      path = \"/srv/greffe/kept\",\n    },\n  },\n\n";
    text += sectionAsComment("notifiers", "notifier", SchemaGroup::Instance) + "\n";
    text += sectionAsComment("signature_providers", "signature_provider", SchemaGroup::Instance) + "\n";
    text += sectionAsComment("timestamp_authorities", "timestamp_authority", SchemaGroup::Instance) + "\n";
    text += sectionAsComment("templates", "template", SchemaGroup::Template) + "\n";
    return text + sectionComment("pipelines") + "  pipelines = include \"pipelines/*.lua\",\n}\n";
}

}  // namespace greffe
