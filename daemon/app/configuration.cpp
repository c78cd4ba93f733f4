// SPDX-License-Identifier: Apache-2.0
#include "app/configuration.h"

#include "app/pools.h"
#include "base/json.h"
#include "config/source_folder.h"
#include "loader/plugin_catalogue.h"
#include "messages/message_templates.h"
#include "sys/reactor.h"

#include <fmt/format.h>
#include <unistd.h>

namespace greffe {
namespace {

// Environment variables a configuration may read with env("…"): its own prefix only, so that a plan does not
// depend on whoever started the daemon.
constexpr std::string_view kEnvironmentPrefix = "GREFFE_CONFIG_";

class InstalledPlugins final : public PluginCatalog {
public:
    explicit InstalledPlugins(const HousePaths& paths) {
        for (PluginFacts& plugin : installedPlugins(paths))
            listed_.add(std::move(plugin));
    }
    const PluginFacts* find(std::string_view id) const override { return listed_.find(id); }
    std::vector<std::string> ids() const override { return listed_.ids(); }

private:
    ListedPlugins listed_;
};

AllowedEnvironment allowedEnvironment() {
    AllowedEnvironment environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view variable = *entry;
        const auto equals = variable.find('=');
        if (equals != std::string_view::npos &&
            variable.substr(0, kEnvironmentPrefix.size()) == kEnvironmentPrefix)
            environment[std::string(variable.substr(0, equals))] = std::string(variable.substr(equals + 1));
    }
    return environment;
}

}  // namespace

// A worker of its own, for one evaluation: the caller has no engine yet, or must not disturb it.
Result<Json> evaluateSources(const Json& sources, const HousePaths& paths) {
    Reactor reactor;
    std::string said;  // by the worker, on its stderr: the only trace of one that does not come up
    PoolEvents events;
    events.logged = [&said](const std::string&, const std::string& line) { said += line; };
    Pools pools(reactor, paths, std::move(events));
    CallOutcome outcome;
    CallRequest request;
    request.id = 1;
    request.operation = "evaluate";
    request.paramsJson = dumpJson(sources);
    request.deadlineMs = 10'000;
    pools.lua().submit(std::move(request), false, [&](CallOutcome answered) {
        outcome = std::move(answered);
        reactor.stop();
    });
    reactor.run();
    if (outcome.verdict != Verdict::Done)
        return makeError(Errc::Invalid,
                         fmt::format("the configuration could not be evaluated: {}", outcome.explanation),
                         said);
    return parseJson(outcome.factsJson, {64, 64U << 20U});
}

std::vector<PluginFacts> installedPlugins(const HousePaths& paths) {
    const PluginCatalogue catalogue = PluginCatalogue::scan(paths.pluginDirectories);
    std::vector<PluginFacts> plugins;
    for (const PluginMetadata& plugin : catalogue.plugins())
        plugins.push_back(
            {plugin.id, plugin.version, plugin.sandbox, plugin.capabilities, plugin.optionsSchema});
    return plugins;
}

Result<LoadedConfiguration> loadConfiguration(const std::string& folder, const HousePaths& paths) {
    // Inside a plan the folder has one name everywhere: a plan's id must not depend on where it is mounted.
    const std::string label = "config";
    const auto read = readConfigFolder(folder, label, allowedEnvironment());
    if (!read)
        return makeError(
            read.error().code, read.error().message,
            read.error().advice.empty() ? "name the folder that holds greffe.lua" : read.error().advice);
    const Json& sources = *read;
    GREFFE_TRY_ASSIGN(const Json evaluated, evaluateSources(sources, paths));
    LoadedConfiguration loaded;
    loaded.folder = folder;
    loaded.compiled = compilePlan(sources, evaluated, InstalledPlugins(paths), templateRules());
    // People open files by the path they know.
    for (Diagnostic& diagnostic : loaded.compiled.diagnostics)
        if (diagnostic.file.compare(0, label.size(), label) == 0)
            diagnostic.file.replace(0, label.size(), folder);
    for (ValueOrigin& origin : loaded.compiled.origins)
        if (origin.file.compare(0, label.size(), label) == 0) origin.file.replace(0, label.size(), folder);
    if (loaded.compiled.plan) {
        loaded.text = planText(*loaded.compiled.plan);
        loaded.id = planName(loaded.text);
    }
    return loaded;
}

}  // namespace greffe
