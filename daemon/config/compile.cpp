// SPDX-License-Identifier: Apache-2.0
#include "config/compile.h"

#include "base/bytes_text.h"
#include "base/json.h"
#include "config/compiler.h"
#include "config/free_names.h"
#include "config/suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace greffe {
namespace {

// Findings that mean: a file is missing from the tree.
bool isFileFailure(const std::string& code) {
    return code.compare(0, 4, "lua_") == 0 || code == "include_not_found" || code == "include_cycle" ||
           code == "include_outside" || code == "file_returns_nothing" || code.compare(0, 6, "value_") == 0 ||
           code == "table_mixed";
}

void addFindings(const Json& evaluated, const Compiler& compiler, const SourceMap& map,
                 DiagnosticList& diagnostics) {
    std::vector<std::string> known = constructorNames();
    known.insert(known.end(), libraryNames().begin(), libraryNames().end());
    for (const Json& finding : memberOf(evaluated, "diagnostics")) {
        const std::string code = textOf(finding, "code");
        const std::string file = textOf(finding, "file");
        const std::string name = textOf(finding, "name");
        const int line = static_cast<int>(numberOf(finding, "line", 1));
        if (code == "unknown_name" && (compiler.explainedNames.count({file, line, name}) != 0 ||
                                       compiler.check.explainedWords().count({file, line, name}) != 0))
            continue;
        const SourcePlace place = name.empty() ? SourcePlace{file, line, 0} : map.word(file, line, name);
        const bool isListed =
            findDiagnosticCode(code) != nullptr;  // an evaluator of another build may know more
        diagnostics.add(isListed ? code : "lua_runtime", place.file, place.line, place.column,
                        textOf(finding, "message"),
                        code == "unknown_name" ? closestName(name, known) : std::string());
    }
}

// Inside functions: what the evaluator met it has told of, and knows better (an assignment, say).
void reportFreeNames(const Json& sources, const Json& evaluated, DiagnosticList& diagnostics) {
    std::vector<std::string> known = constructorNames();
    known.insert(known.end(), libraryNames().begin(), libraryNames().end());
    std::set<std::pair<std::string, std::string>> told;
    for (const Json& finding : memberOf(evaluated, "diagnostics"))
        told.emplace(textOf(finding, "file"), textOf(finding, "name"));
    std::set<std::string> used;
    for (const Json& name : memberOf(evaluated, "used"))
        if (name.is_string()) used.insert(name.get<std::string>());
    for (const Json& file : memberOf(sources, "files")) {
        const std::string name = textOf(file, "name");
        if (used.count(name) == 0) continue;
        for (const FreeName& free : freeNames(textOf(file, "text")))
            if (std::find(known.begin(), known.end(), free.name) == known.end() &&
                told.count({name, free.name}) == 0)
                diagnostics.add("unknown_name", name, free.line, free.column,
                                fmt::format("unknown name \"{}\"", free.name), closestName(free.name, known));
    }
}

// JSON carries only UTF-8: another text would reach the evaluator, and so the plan, changed.
void reportBrokenTexts(const Json& sources, DiagnosticList& diagnostics) {
    for (const Json& file : memberOf(sources, "files")) {
        const std::string text = textOf(file, "text");
        if (isUtf8(text)) continue;
        int line = 1;
        for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1, ++line) {
            end = text.find('\n', begin);
            if (isUtf8(std::string_view(text).substr(begin, end - begin))) continue;
            diagnostics.add("text_not_utf8", textOf(file, "name"), line, 0, "this line is not UTF-8");
            break;
        }
    }
}

void reportUnusedFiles(const Json& sources, const Json& evaluated, DiagnosticList& diagnostics) {
    std::set<std::string> used;
    for (const Json& name : memberOf(evaluated, "used"))
        if (name.is_string()) used.insert(name.get<std::string>());
    for (const Json& file : memberOf(sources, "files"))
        if (const std::string name = textOf(file, "name"); used.count(name) == 0)
            diagnostics.add("file_unused", name, 0, 0, "no file includes it");
}

}  // namespace

CompileResult compilePlan(const Json& sources, const Json& evaluated, const PluginCatalog& catalog,
                          const TemplateRules& templates) {
    DiagnosticList diagnostics;
    SourceMap map;
    for (const Json& file : memberOf(sources, "files"))
        map.addFile(textOf(file, "name"), textOf(file, "text"));
    std::vector<ConfigLayer> layers{{textOf(sources, "main"), memberOf(evaluated, "main")}};
    for (const Json& layer : memberOf(evaluated, "conf_d"))
        layers.push_back({textOf(layer, "file"), memberOf(layer, "tree")});
    const ConfigSections sections = mergeLayers(layers, map, diagnostics);

    Compiler compiler(map, catalog, sections, templates, diagnostics);
    compiler.check.readFindings(evaluated);
    for (const Json& finding : memberOf(evaluated, "diagnostics"))
        if (isFileFailure(textOf(finding, "code"))) compiler.hasFailedFiles = true;
    compiler.compileSettings();
    compiler.compileInstances();
    compiler.compileTemplates();
    compiler.compilePipelines();
    compiler.compileIntakes();
    addFindings(evaluated, compiler, map, diagnostics);
    // A file that is not Lua has words of all kinds.
    if (!compiler.hasFailedFiles) reportFreeNames(sources, evaluated, diagnostics);
    reportBrokenTexts(sources, diagnostics);
    // A mistyped reference would make what it meant look unused.
    if (!diagnostics.hasErrors()) compiler.reportUnused();
    if (!compiler.hasFailedFiles) reportUnusedFiles(sources, evaluated, diagnostics);

    compiler.plan.sourcesJson = dumpJson(sources);
    if (!diagnostics.hasErrors() && planText(compiler.plan).size() > kMaxPlanBytes)
        diagnostics.add("value_too_large", textOf(sources, "main"), 0, 0,
                        fmt::format("the compiled plan has more than {} bytes", kMaxPlanBytes));
    CompileResult result;
    result.diagnostics = diagnostics.sorted();
    result.origins = std::move(compiler.origins);
    std::sort(result.origins.begin(), result.origins.end(),
              [](const ValueOrigin& left, const ValueOrigin& right) { return left.path < right.path; });
    if (!diagnostics.hasErrors()) {
        std::sort(compiler.plan.plugins.begin(), compiler.plan.plugins.end(),
                  [](const PluginUse& left, const PluginUse& right) { return left.id < right.id; });
        result.plan = std::move(compiler.plan);
    }
    return result;
}

}  // namespace greffe
