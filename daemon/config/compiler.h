// SPDX-License-Identifier: Apache-2.0
// What the parts of the compiler share. One compilation, one thread.
#pragma once

#include "config/compile.h"
#include "config/config_tree.h"
#include "config/option_check.h"

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace greffe {

class Compiler {
public:
    Compiler(const SourceMap& map, const PluginCatalog& plugins, const ConfigSections& merged,
             const TemplateRules& templates, DiagnosticList& diagnostics)
        : check(map, diagnostics), catalog(plugins), sections(merged), templateRules(templates) {}

    void compileSettings();
    void compileInstances();
    void compileTemplates();
    void compilePipelines();
    void compileIntakes();
    // Things that nothing refers to.
    void reportUnused();

    const std::vector<ConfigRecord>& section(const std::string& name) const;
    const ConfigRecord* findRecord(const std::string& section, std::string_view name) const;
    // Looks a reference up; what it finds counts as used. False: reported, or its file failed.
    bool resolve(const Reference& reference);
    // The only entry of a section, for options that may be left out; empty when there is not exactly one.
    std::string onlyName(const std::string& section);
    void keepOrigins(const std::string& prefix, const std::map<std::string, Node>& written,
                     const Json& filled);
    // Checks that the plugin exists and can do what is wanted of it; nullptr when not.
    const PluginFacts* usePlugin(const std::string& id, const std::vector<std::string>& anyOf,
                                 const Node& node, const std::string& owner);
    // One of the installed plugins must offer it.
    void needCapability(const std::string& capability, const Node& node, const std::string& owner);
    // Options of a plugin, by its schema for instances or the one for steps: checked, defaults filled in,
    // secrets taken out.
    Json checkPluginOptions(const PluginFacts& plugin, const Result<Schema>& schema,
                            const std::map<std::string, Node>& options, const Node& self,
                            const std::string& owner, const std::vector<std::string>& houseOptions,
                            std::map<std::string, std::string>& secrets);

    OptionCheck check;
    const PluginCatalog& catalog;
    const ConfigSections& sections;
    const TemplateRules& templateRules;
    Plan plan;
    std::vector<ValueOrigin> origins;
    bool hasFailedFiles = false;  // a missing name may be in one of them
    // (file, line, name) of unknown names that were reported as something better.
    std::set<std::tuple<std::string, int, std::string>> explainedNames;
    // Intakes that stand inside a pipeline.
    std::vector<std::pair<ConfigRecord, std::string>> pipelineIntakes;

private:
    void compileInstance(const ConfigRecord& record);
    void warnOfMissingAnchors(const PluginFacts& plugin, const Json& options, const ConfigRecord& record);
    void checkIntakePaths(const std::vector<std::pair<std::string, Node>>& folders);
    void checkApartFromHouse(const std::string& path, const Node& node, const std::string& owner);
    void checkFits(const IntakePlan& intake, const Node& self, const std::string& owner);

    std::set<std::string> used_;  // "keys/office"
    std::set<std::string> usedPlugins_;
};

}  // namespace greffe
