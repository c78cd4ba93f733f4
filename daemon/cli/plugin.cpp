// SPDX-License-Identifier: Apache-2.0
// greffe plugin: what is installed, what a file says of itself, a new one, and whether one keeps the rules.
#include "app/house_paths.h"
#include "base/bytes_text.h"
#include "base/json.h"
#include "cli/commands.h"
#include "conformance/kit.h"
#include "conformance/probe.h"
#include "loader/new_plugin.h"
#include "loader/plugin_catalogue.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

namespace greffe {
namespace {

namespace fs = std::filesystem;

Json jsonOf(const PluginMetadata& plugin) {
    Json json = {{"id", plugin.id},
                 {"version", plugin.version},
                 {"summary", plugin.summary},
                 {"pool", plugin.sandbox},
                 {"capabilities", plugin.capabilities},
                 {"needs_greffe", plugin.abi.version},
                 {"build", plugin.abi.buildTag},
                 {"options", storedJson(plugin.optionsSchema)}};
    putBytes(json, "file", plugin.path);
    return json;
}

int runList(const Arguments& arguments) {
    const PluginCatalogue catalogue = PluginCatalogue::scan(findHousePaths().pluginDirectories);
    if (arguments.flag("--json")) {
        Json plugins = Json::array();
        for (const PluginMetadata& plugin : catalogue.plugins())
            plugins.push_back(jsonOf(plugin));
        Json unusable = Json::array();
        for (const PluginProblem& problem : catalogue.problems()) {
            Json entry = {{"problem", problem.error.text()}};
            putBytes(entry, "file", problem.path);
            unusable.push_back(std::move(entry));
        }
        fmt::print("{}\n", dumpJson({{"plugins", std::move(plugins)}, {"unusable", std::move(unusable)}}));
        return kGood;
    }
    for (const PluginMetadata& plugin : catalogue.plugins())
        fmt::print("{:<18} {:<8} {:<10} {}\n", plugin.id, plugin.version, plugin.sandbox,
                   displayText(plugin.summary));
    for (const PluginProblem& problem : catalogue.problems())
        complain(fmt::format("{} is not usable: {}", problem.path, problem.error.text()));
    return kGood;
}

// By id among those installed, or by the path of a file. Its code is not run either way.
Result<PluginMetadata> findPlugin(const std::string& name) {
    if (name.find('/') == std::string::npos && !name.ends_with(".so")) {
        const PluginCatalogue catalogue = PluginCatalogue::scan(findHousePaths().pluginDirectories);
        GREFFE_TRY_ASSIGN(const PluginMetadata* plugin, catalogue.require(name));
        return *plugin;
    }
    std::error_code problem;
    const fs::path path = fs::absolute(name, problem).lexically_normal();
    if (!fs::exists(path, problem)) return makeError(Errc::NotFound, name + ": no such file");
    return readMetadata(path.string());
}

std::string optionLine(const std::string& name, const Json& rule, bool isRequired) {
    std::string text = textOf(rule, "description");
    if (rule.contains("enum")) {
        std::vector<std::string> values;
        for (const Json& value : rule["enum"])
            values.push_back(value.is_string() ? value.get<std::string>() : dumpJson(value));
        text += fmt::format(" ({})", fmt::join(values, ", "));
    }
    if (rule.contains("default")) text += fmt::format(" [{}]", dumpJson(rule["default"]));
    if (isRequired) text += " (required)";
    if (textOf(rule, "format") == "secret") text += " (secret)";
    return fmt::format("  {:<18} {}", name, displayText(text));
}

void printOptions(const char* heading, const Json& schema) {
    const Json& required = memberOf(schema, "required");
    fmt::print("{}\n", heading);
    for (const auto& [name, rule] : memberOf(schema, "properties").items()) {
        const bool isRequired = std::find(required.begin(), required.end(), Json(name)) != required.end();
        fmt::print("{}\n", optionLine(name, rule, isRequired));
    }
}

int runShow(const Arguments& arguments) {
    const auto plugin = findPlugin(arguments.text("PLUGIN"));
    if (!plugin) {
        complain(plugin.error().text());
        return plugin.error().code == Errc::NotFound ? kEnvironment : kBad;
    }
    if (arguments.flag("--json")) {
        fmt::print("{}\n", dumpJson(jsonOf(*plugin)));
        return kGood;
    }
    fmt::print("{} {}: {}\n", plugin->id, plugin->version, displayText(plugin->summary));
    fmt::print("file          {}\npool          {}\ncapabilities  {}\nneeds         Greffe {}, {}\n",
               displayText(plugin->path), plugin->sandbox, fmt::join(plugin->capabilities, ", "),
               plugin->abi.version, plugin->abi.buildTag);
    if (!plugin->programs.empty())
        fmt::print("programs      {}\n", displayText(fmt::format("{}", fmt::join(plugin->programs, ", "))));
    const Json schema = storedJson(plugin->optionsSchema);
    printOptions("options", schema);
    if (const Json& step = memberOf(schema, "step"); step.is_object())
        printOptions("options of a transform step", step);
    return kGood;
}

int runNew(const Arguments& arguments) {
    const std::string shared = findHousePaths().shared;
    const auto folder =
        newPlugin(shared + "/plugin-template", arguments.text("ID"), arguments.text("--into"));
    if (!folder) {
        complain(folder.error().text());
        return folder.error().code == Errc::Invalid ? kUsage : kEnvironment;
    }
    fmt::print(
        "{}\nBuild and test it:\n  cmake -S {} -B {}/build && cmake --build {}/build && ctest --test-dir "
        "{}/build\n",
        displayText(*folder), displayText(*folder), displayText(*folder), displayText(*folder),
        displayText(*folder));
    return kGood;
}

int runTest(const Arguments& arguments) {
    std::vector<std::string> words = {"plugin test", arguments.text("FILE")};
    for (const char* option : {"--options", "--params", "--secret", "--file"})
        for (const std::string& value : arguments.list(option)) {
            words.emplace_back(option);
            words.push_back(value);
        }
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words)
        argv.push_back(word.data());
    return conformance::runKit(static_cast<int>(argv.size()), argv.data(), {"plugin-probe"});
}

int runProbeCommand(const Arguments&) {
    char name[] = "plugin-probe";
    char* argv[] = {name, nullptr};
    return conformance::runProbe(1, argv);
}

}  // namespace

Command pluginListCommand() {
    Command command;
    command.path = "plugin list";
    command.summary = "the plugins that are installed; none of their code is run";
    command.options = {kJsonOption};
    command.run = runList;
    return command;
}

Command pluginShowCommand() {
    Command command;
    command.path = "plugin show";
    command.summary = "what a plugin is, needs and takes as options; none of its code is run";
    command.positionals = {{"PLUGIN", "id of an installed one, or a file"}};
    command.options = {kJsonOption};
    command.run = runShow;
    return command;
}

Command pluginNewCommand() {
    Command command;
    command.path = "plugin new";
    command.summary = "make a plugin of your own from the template";
    command.positionals = {{"ID", "kind-name, such as sign-mine"}};
    command.options = {{"--into", "FOLDER", "where its folder is made", "."}};
    command.run = runNew;
    return command;
}

Command pluginTestCommand() {
    Command command;
    command.path = "plugin test";
    command.summary = "prove the rules of SPEC.md on a plugin (TAP)";
    command.details =
        "The plugin runs in child processes only. Exit code: 0 every rule holds, 1 one does not, 3 it could "
        "not be run.";
    command.positionals = {{"FILE", "the plugin's .so"}};
    command.options = {{"--options", "FILE", "JSON options that an instance can start with"},
                       {"--params", "FILE", "JSON that a step gives the plugin with a document"},
                       {"--secret", "NAME=FILE", "the bytes of a secret option", {}, true},
                       {"--file", "DOCUMENT", "a document of the plugin's format", {}, true}};
    command.run = runTest;
    return command;
}

Command pluginProbeCommand() {
    Command command;
    command.path = "plugin-probe";
    command.summary = "one pass of plugin test (started by it)";
    command.run = runProbeCommand;
    command.isHidden = true;
    return command;
}

}  // namespace greffe
