// SPDX-License-Identifier: Apache-2.0
#include "app/configuration.h"

#include "app/pools.h"
#include "base/json.h"
#include "config/schema.h"
#include "loader/plugin_catalogue.h"
#include "sys/files.h"
#include "sys/reactor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace greffe {
namespace {

constexpr std::uint64_t kMaxFileBytes = 1U << 20U;
constexpr std::size_t kMaxFiles = 1'000;
constexpr int kMaxDepth = 4;

// Environment variables a configuration may read with env("…"): its own prefix only, so that a plan does not depend on
// whoever started the daemon.
constexpr std::string_view kEnvironmentPrefix = "GREFFE_CONFIG_";

class InstalledPlugins final : public PluginCatalog {
public:
    explicit InstalledPlugins(const PluginCatalogue& catalogue) {
        for (const PluginMetadata& plugin : catalogue.plugins())
            listed_.add({plugin.id, plugin.version, plugin.sandbox, plugin.capabilities, plugin.optionsSchema});
    }
    const PluginFacts* find(std::string_view id) const override { return listed_.find(id); }
    std::vector<std::string> ids() const override { return listed_.ids(); }

private:
    ListedPlugins listed_;
};

Status gatherFiles(const std::string& directory, int depth, Json& files) {
    GREFFE_TRY_ASSIGN(const UniqueFd dir, openDirectory(directory));
    std::vector<std::string> names;
    GREFFE_TRY(listDirectory(dir.get(), [&](const std::string& name) {
        names.push_back(name);
        return true;
    }));
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
        if (name.front() == '.' || name == "tests") continue;  // config/tests holds specs, not configuration
        const std::string path = directory == "." ? name : directory + "/" + name;
        auto facts = factsAt(dir.get(), name);
        if (!facts) continue;
        if (facts->isDirectory() && depth < kMaxDepth) GREFFE_TRY(gatherFiles(path, depth + 1, files));
        if (!facts->isRegular() || name.size() < 5 || name.substr(name.size() - 4) != ".lua") continue;
        if (files.size() >= kMaxFiles)
            return makeError(Errc::Invalid, fmt::format("{}: more than {} Lua files", directory, kMaxFiles));
        GREFFE_TRY_ASSIGN(std::string text, readFile(path, kMaxFileBytes));
        files.push_back({{"name", path}, {"text", std::move(text)}});
    }
    return {};
}

Json allowedEnvironment() {
    Json environment = Json::object();
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view variable = *entry;
        const auto equals = variable.find('=');
        if (equals != std::string_view::npos && variable.substr(0, kEnvironmentPrefix.size()) == kEnvironmentPrefix)
            environment[std::string(variable.substr(0, equals))] = std::string(variable.substr(equals + 1));
    }
    return environment;
}

Result<Json> gatherSources(const std::string& mainFile) {
    const std::string directory = splitPath(mainFile).directory;
    Json sources = {{"files", Json::array()}, {"main", mainFile}, {"conf_d", Json::array()},
                    {"env", allowedEnvironment()}, {"names", constructorNames()}};
    GREFFE_TRY(gatherFiles(directory, 0, sources["files"]));
    const std::string layers = (directory == "." ? "" : directory + "/") + "conf.d/";
    bool hasMain = false;
    for (const Json& file : sources["files"]) {
        const std::string name = textOf(file, "name");
        hasMain = hasMain || name == mainFile;
        if (name.substr(0, layers.size()) == layers) sources["conf_d"].push_back(name);
    }
    if (!hasMain)
        return makeError(Errc::NotFound, fmt::format("{}: no such configuration", mainFile),
                         "give the main file with --config");
    return sources;
}

// A worker of its own, for one evaluation: the caller has no engine yet, or must not disturb it.
Result<Json> evaluateInWorker(const Json& sources, const HousePaths& paths) {
    Reactor reactor;
    Pools pools(reactor, paths, {});
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
        return makeError(Errc::Invalid, fmt::format("the configuration could not be evaluated: {}", outcome.explanation));
    return parseJson(outcome.factsJson, {64, 64U << 20U});
}

}  // namespace

Result<LoadedConfiguration> loadConfiguration(const std::string& mainFile, const HousePaths& paths) {
    GREFFE_TRY_ASSIGN(const Json sources, gatherSources(mainFile));
    GREFFE_TRY_ASSIGN(const Json evaluated, evaluateInWorker(sources, paths));
    LoadedConfiguration loaded;
    loaded.compiled = compilePlan(sources, evaluated, InstalledPlugins(PluginCatalogue::scan(paths.pluginDirectories)));
    if (loaded.compiled.plan) {
        loaded.text = planText(*loaded.compiled.plan);
        loaded.id = planName(loaded.text);
    }
    return loaded;
}

}  // namespace greffe
