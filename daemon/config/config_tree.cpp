// SPDX-License-Identifier: Apache-2.0
#include "config/config_tree.h"

#include "config/suggestion.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

Node recordNode(const Json& record) {
    return {&record,
            textOf(record, "@file"),
            static_cast<int>(numberOf(record, "@line")),
            textOf(record, "@kind"),
            {}};
}

std::string lastPathPart(const std::string& path) {
    const std::size_t end = path.find_last_not_of('/');
    if (end == std::string::npos) return {};
    const std::size_t slash = path.rfind('/', end);
    return path.substr(slash == std::string::npos ? 0 : slash + 1,
                       end - (slash == std::string::npos ? 0 : slash + 1) + 1);
}

void overlay(ConfigRecord& below, ConfigRecord&& above) {
    if (below.kind != above.kind) {
        below = std::move(above);
        return;
    }
    for (auto& [name, node] : above.options)
        below.options[name] = std::move(node);
    below.layer = above.layer;
}

class Merger {
public:
    Merger(const SourceMap& map, DiagnosticList& diagnostics) : map_(map), diagnostics_(diagnostics) {}

    void addLayer(const ConfigLayer& layer, std::size_t number) {
        if (layer.tree.is_null()) return;  // its file failed; that was reported
        const Node root{&layer.tree, layer.file, 1, {}, {}};
        if (root.isUnknown()) return;
        if (root.isRecord() || !root.isPlainTable()) {
            report("file_returns_wrong", root,
                   fmt::format("the file should return a table of sections, not {}", describeValue(root)));
            return;
        }
        for (const auto& [name, value] : layer.tree.items()) {
            if (const auto second = map_.second(layer.file, 1, {}, name))
                diagnostics_.add("option_twice", second->file, second->line, second->column,
                                 fmt::format("section \"{}\" stands twice", name));
            addSection(name, root.below(name, value), number);
        }
    }

    ConfigSections take() { return std::move(sections_); }

private:
    void addSection(const std::string& name, const Node& node, std::size_t layer) {
        const auto& sections = allSections();
        const auto section =
            std::find_if(sections.begin(), sections.end(), [&](const Section& s) { return s.name == name; });
        if (section == sections.end()) {
            std::vector<std::string> names;
            names.reserve(sections.size());
            for (const Section& known : sections)
                names.push_back(known.name);
            report("section_unknown", node, fmt::format("unknown section \"{}\"", name),
                   closestName(name, names));
            return;
        }
        if (!section->isList) {
            if (node.isRecord()) {
                addRecord(*section, node, layer);
            } else {
                report("section_type", node,
                       fmt::format("section \"{}\" is written {} {{ … }}, not {}", name, section->kinds[0],
                                   describeValue(node)));
            }
            return;
        }
        if (!node.isList()) {
            report("section_type", node,
                   fmt::format("section \"{}\" is a list, not {}", name, describeValue(node)));
            return;
        }
        for (std::size_t i = 0; i < node.value->size(); ++i)
            addRecord(*section, node.below(i + 1, (*node.value)[i]), layer);
    }

    void addRecord(const Section& section, const Node& node, std::size_t layer) {
        // include "pipelines/*.lua" inside a list gives a list in the list.
        if (node.isList()) {
            for (std::size_t i = 0; i < node.value->size(); ++i)
                addRecord(section, node.below(i + 1, (*node.value)[i]), layer);
            return;
        }
        if (node.isUnknown()) return;  // the evaluator reported the name
        const bool fits = node.isRecord() && std::find(section.kinds.begin(), section.kinds.end(),
                                                       node.kind) != section.kinds.end();
        if (!fits) {
            if (node.isWord()) return;
            report("construct_misplaced", node,
                   fmt::format("section \"{}\" holds {} {{ … }}, not {}", section.name,
                               fmt::join(section.kinds, " or "), describeValue(node)));
            return;
        }
        ConfigRecord record = readRecord(node, findSchema(section.group, node.kind));
        record.layer = layer;
        std::vector<ConfigRecord>& records = sections_[section.name];
        const std::string identity = identityOf(record);
        for (ConfigRecord& known : records) {
            if (identity.empty() || identityOf(known) != identity) continue;
            if (known.layer != layer) {
                // A pipeline is replaced as a whole: steps of two files make no sense.
                if (section.name == "pipelines") {
                    known = std::move(record);
                } else {
                    overlay(known, std::move(record));
                }
                return;
            }
            if (section.name == "intakes") {
                report("intake_duplicate", node, fmt::format("two intakes are called \"{}\"", identity));
            } else if (section.name == "pipelines") {
                report("pipeline_duplicate", node, fmt::format("two pipelines are called \"{}\"", identity));
            } else {
                report("name_duplicate", node,
                       fmt::format("two entries of {} are called \"{}\"", section.name, identity));
            }
            return;
        }
        records.push_back(std::move(record));
    }

    void report(std::string_view code, const Node& node, std::string message, std::string suggestion = {}) {
        const SourcePlace place = node.place(map_);
        diagnostics_.add(code, place.file, place.line, place.column, std::move(message),
                         std::move(suggestion));
    }

    const SourceMap& map_;
    DiagnosticList& diagnostics_;
    ConfigSections sections_;
};

}  // namespace

Node Node::below(TableStep step, const Json& child) const {
    if (child.is_object() && child.contains("@kind")) return recordNode(child);
    Node node{&child, file, line, kind, path};
    node.path.push_back(std::move(step));
    return node;
}

SourcePlace Node::place(const SourceMap& map) const {
    if (kind.empty()) return map.returned(file, path);
    return map.entry(file, line, kind, path);
}

std::string describeValue(const Node& node) {
    const Json& value = *node.value;
    if (node.isRecord()) return fmt::format("{} {{ … }}", textOf(value, "@kind"));
    if (node.isFunction()) return "a function";
    if (node.isSecret()) return "a secret";
    if (node.isWord()) return fmt::format("the name {}", textOf(value, "@word"));
    if (value.is_string()) return fmt::format("the text \"{}\"", value.get<std::string>());
    if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
    if (value.is_number()) return fmt::format("the number {}", dumpJson(value));
    if (value.is_array()) return value.empty() ? "an empty table" : "a list";
    if (value.is_object()) return "a table";
    return "nothing";
}

std::string ConfigRecord::textOf(std::string_view option) const {
    const Node* const node = find(option);
    return node != nullptr && node->value->is_string() ? node->value->get<std::string>() : std::string();
}

const Node* ConfigRecord::find(std::string_view option) const {
    const auto found = options.find(std::string(option));
    return found == options.end() ? nullptr : &found->second;
}

ConfigRecord readRecord(const Node& node, const Schema* schema) {
    ConfigRecord record{node.kind, node, {}, 0, node.value->contains("@items")};
    for (const auto& [name, value] : memberOf(*node.value, "@options").items())
        record.options.emplace(name, node.below(name, value));
    const Json& name = memberOf(*node.value, "@name");
    if (name.is_string() && schema != nullptr && !schema->namedBy.empty()) {
        Node named = node;
        named.value = &name;
        record.options.insert_or_assign(schema->namedBy, named);
    }
    return record;
}

std::string identityOf(const ConfigRecord& record) {
    if (record.kind == "settings") return "settings";
    std::string name = record.textOf("name");
    if (record.kind == "template") {
        const std::string language = record.textOf("language");
        return name + "/" + (language.empty() ? "fr" : language);
    }
    if (!name.empty()) return name;
    if (record.kind == "folder") return lastPathPart(record.textOf("path"));
    if (record.kind == "queue") return record.textOf("provider");
    return {};
}

ConfigSections mergeLayers(const std::vector<ConfigLayer>& layers, const SourceMap& map,
                           DiagnosticList& diagnostics) {
    Merger merger(map, diagnostics);
    for (std::size_t i = 0; i < layers.size(); ++i)
        merger.addLayer(layers[i], i);
    return merger.take();
}

}  // namespace greffe
