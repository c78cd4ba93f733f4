// SPDX-License-Identifier: Apache-2.0
#include "specs/spec_reader.h"

#include "app/configuration.h"
#include "config/config_tree.h"
#include "config/option_check.h"
#include "config/source_folder.h"
#include "config/spec_schema.h"
#include "config/suggestion.h"
#include "specs/spec_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <set>

namespace greffe {
namespace {

class Reader {
public:
    Reader(const Json& sources, const Plan& plan) : plan_(plan), check_(map_, diagnostics_) {
        for (const Json& file : memberOf(sources, "files"))
            map_.addFile(textOf(file, "name"), textOf(file, "text"));
    }

    // Before the first read().
    void readFindings(const Json& evaluated) { check_.readFindings(evaluated); }

    void read(const std::string& file, const Json& tree) {
        if (tree.is_null()) return;  // its failure is a finding
        const Node root{&tree, file, 1, {}, {}};
        if (root.isRecord()) return readSpec(recordAt(root));
        if (!root.isList())
            return check_.report(
                "file_returns_wrong", root,
                fmt::format("the file should return a spec or a list of specs, not {}", describeValue(root)));
        for (std::size_t i = 0; i < tree.size(); ++i)
            readSpec(recordAt(root.below(i + 1, tree[i])));
    }

    void add(const Json& finding) {
        const std::string code = textOf(finding, "code"), name = textOf(finding, "name");
        const std::string file = textOf(finding, "file");
        const int line = static_cast<int>(numberOf(finding, "line", 1));
        if (check_.explainedWords().count({file, line, name}) != 0) return;
        const SourcePlace place = name.empty() ? SourcePlace{file, line, 0} : map_.word(file, line, name);
        diagnostics_.add(findDiagnosticCode(code) != nullptr ? code : "lua_runtime", place.file, place.line,
                         place.column, textOf(finding, "message"),
                         code == "unknown_name" ? closestName(name, specConstructorNames()) : std::string());
    }

    SpecFiles take() { return {std::move(specs_), diagnostics_.sorted()}; }

private:
    // A record is its own anchor, also when the file returns nothing but it.
    static Node recordAt(const Node& node) {
        if (!node.isRecord() || !node.kind.empty()) return node;
        return {node.value,
                textOf(*node.value, "@file"),
                static_cast<int>(numberOf(*node.value, "@line")),
                textOf(*node.value, "@kind"),
                {}};
    }

    void readSpec(const Node& node) {
        if (node.isUnknown()) return;
        if (node.kind != "spec")
            return check_.report(
                "construct_misplaced", node,
                fmt::format("spec \"…\" {{ … }} is wanted here, not {}", describeValue(node)));
        ConfigRecord record = readRecord(node, findSpecSchema("spec"));
        record.hasItems = false;  // they are what it does
        const std::string name = record.textOf("name");
        const std::string owner = fmt::format("spec \"{}\"", name);
        const Json filled = check_.check(record, *findSpecSchema("spec"), owner);
        checkReferences();
        if (!names_.insert(name).second)
            check_.report("name_duplicate", node, fmt::format("two specs are called \"{}\"", name));
        Spec spec;
        spec.name = name;
        spec.file = node.file;
        spec.line = node.line;
        spec.pipeline = textOf(filled, "pipeline");
        if (const auto start = timeOf(record, filled, "at", owner)) spec.start = *start;
        const Json& items = memberOf(*node.value, "@items");
        dossiers_.clear();  // a name is one spec's
        const SpecNames names(plan_, pipelinesOf(spec.pipeline, items));
        for (std::size_t i = 0; i < items.size(); ++i)
            readAction(node.below(i + 1, items[i]), owner, names, spec);
        if (items.empty()) check_.report("list_too_short", node, fmt::format("{}: it does nothing", owner));
        specs_.push_back(std::move(spec));
    }

    void readAction(const Node& node, const std::string& spec, const SpecNames& known, Spec& into) {
        if (node.isUnknown()) return;
        const Schema* const schema = node.isRecord() ? findSpecSchema(node.kind) : nullptr;
        if (schema == nullptr || node.kind == "spec") {
            const std::vector<std::string> names = specConstructorNames();
            return check_.report(
                "construct_misplaced", node,
                fmt::format("{}: one of {} is wanted here, not {}", spec,
                            fmt::join(names.begin() + 1, names.end(), ", "), describeValue(node)));
        }
        const ConfigRecord record = readRecord(node, schema);
        const std::string owner = fmt::format("{}: {}", spec, node.kind);
        SpecAction action{node.kind, check_.check(record, *schema, owner), node.file, node.line,
                          known.unknownIn(record)};
        checkReferences();
        for (const char* option : {"to", "due"})
            if (action.options.contains(option)) timeOf(record, action.options, option, owner);
        if (node.kind == "drop") readDrop(action, record, owner);
        if (node.kind == "operator" && textOf(action.options, "does") == "resolve" &&
            !action.options.contains("happened"))
            check_.report("option_needs", node, fmt::format("{}: resolve says whether it happened", owner));
        if (node.kind == "advance") checkAdvance(record, owner);
        if (const std::string dossier = textOf(action.options, "dossier");
            !dossier.empty() && dossiers_.count(dossier) == 0)
            check_.report("document_unknown", *record.find("dossier"),
                          fmt::format("{}: no drop before it is called \"{}\"", owner, dossier));
        into.actions.push_back(std::move(action));
    }

    void readDrop(const SpecAction& action, const ConfigRecord& record, const std::string& owner) {
        if (record.find("file") != nullptr && record.find("pages") != nullptr)
            check_.report("option_conflict", *record.find("pages"),
                          fmt::format("{}: a file has the pages that it has", owner));
        for (const char* option : {"file", "pages"})
            if (const Node* const single = record.find(option);
                single != nullptr && record.find("documents") != nullptr)
                check_.report(
                    "option_conflict", *single,
                    fmt::format("{}: the documents of a folder have each their own \"{}\"", owner, option));
        if (const std::string name = textOf(action.options, "as"); !name.empty()) dossiers_.insert(name);
    }

    void checkAdvance(const ConfigRecord& record, const std::string& owner) {
        if (record.find("to") == nullptr) return;
        for (const char* option : {"days", "hours", "minutes", "seconds"})
            if (const Node* const length = record.find(option))
                check_.report(
                    "option_conflict", *length,
                    fmt::format("{}: \"to\" says until when already; write \"to\" or \"{}\"", owner, option));
    }

    // Where its drops go; without a drop, where they would.
    std::set<std::string> pipelinesOf(const std::string& named, const Json& items) const {
        const std::string usual =
            named.empty() && plan_.pipelines.size() == 1 ? plan_.pipelines.front().name : named;
        std::set<std::string> names;
        for (const Json& item : items)
            if (textOf(item, "@kind") == "drop")
                names.insert(textOf(memberOf(item, "@options"), "pipeline", usual));
        if (names.empty()) names.insert(usual);
        return names;
    }

    std::optional<WallTime> timeOf(const ConfigRecord& record, const Json& filled, const char* option,
                                   const std::string& owner) {
        const std::string text = textOf(filled, option);
        auto time = specTime(text);
        if (!time && record.find(option) != nullptr)
            check_.report("date_invalid", *record.find(option),
                          fmt::format("{}: \"{}\" is no time such as 2026-11-22T08:30 or "
                                      "2026-11-22T08:30+01:00",
                                      owner, text));
        return time;
    }

    void checkReferences() {
        for (const Reference& reference : check_.takeReferences()) {
            if (reference.what != Refers::Pipeline || plan_.findPipeline(reference.name) != nullptr) continue;
            std::vector<std::string> known;
            for (const PipelinePlan& pipeline : plan_.pipelines)
                known.push_back(pipeline.name);
            check_.report("pipeline_unknown", reference.node,
                          fmt::format("{}: there is no pipeline \"{}\"", reference.owner, reference.name),
                          closestName(reference.name, known));
        }
    }

    const Plan& plan_;
    SourceMap map_;
    DiagnosticList diagnostics_;
    OptionCheck check_;
    std::vector<Spec> specs_;
    std::set<std::string> names_, dossiers_;
};

}  // namespace

bool SpecFiles::hasErrors() const {
    return std::any_of(diagnostics.begin(), diagnostics.end(),
                       [](const Diagnostic& one) { return one.severity == Severity::Error; });
}

namespace {

// Seconds east of Greenwich: "", "Z", "+01:00". Nothing for anything else.
std::optional<std::int64_t> zoneSeconds(const std::string& zone) {
    if (zone.empty() || zone == "Z") return 0;
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
    for (const std::size_t digit : {1U, 2U, 4U, 5U})
        if (zone[digit] < '0' || zone[digit] > '9') return std::nullopt;
    const int hours = (zone[1] - '0') * 10 + (zone[2] - '0'),
              minutes = (zone[4] - '0') * 10 + (zone[5] - '0');
    if (hours > 14 || minutes > 59) return std::nullopt;
    return (zone[0] == '-' ? -1 : 1) * (hours * 3'600 + minutes * 60);
}

}  // namespace

std::optional<WallTime> specTime(const std::string& text) {
    for (const char* form : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
        std::tm parts{};
        const char* const rest = strptime(text.c_str(), form, &parts);
        if (rest == nullptr) continue;
        const auto zone = zoneSeconds(rest);
        if (!zone) continue;
        // timegm takes the 31st of February for the 3rd of March.
        const int day = parts.tm_mday, second = parts.tm_sec;
        const std::int64_t seconds = timegm(&parts);
        if (parts.tm_mday != day || parts.tm_sec != second) return std::nullopt;
        return fromUnixMs((seconds - *zone) * 1'000);
    }
    return std::nullopt;
}

Result<SpecFiles> readSpecs(const std::string& folder, const HousePaths& paths, const Plan& plan) {
    const std::string label = "config";
    GREFFE_TRY_ASSIGN(Json sources, readSpecFolder(folder, label));
    for (const std::string& name : specConstructorNames())
        sources["names"].push_back(name);
    GREFFE_TRY_ASSIGN(const Json evaluated, evaluateSources(sources, paths));
    Reader reader(sources, plan);
    reader.readFindings(evaluated);
    for (const Json& layer : memberOf(evaluated, "conf_d"))
        reader.read(textOf(layer, "file"), memberOf(layer, "tree"));
    for (const Json& finding : memberOf(evaluated, "diagnostics"))
        reader.add(finding);
    SpecFiles files = reader.take();
    const auto show = [&](std::string& file) {
        if (file.compare(0, label.size(), label) == 0) file.replace(0, label.size(), folder);
    };
    for (Diagnostic& diagnostic : files.diagnostics)
        show(diagnostic.file);
    for (Spec& spec : files.specs) {
        show(spec.file);
        for (SpecAction& action : spec.actions)
            show(action.file);
    }
    return files;
}

}  // namespace greffe
