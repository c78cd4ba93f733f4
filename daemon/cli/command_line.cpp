// SPDX-License-Identifier: Apache-2.0
// The table on CLI11. The only file that includes it.
#include "base/bytes_text.h"
#include "cli/command.h"
#include "config/suggestion.h"

#include <greffe/version.h>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace greffe {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 good, 1 refused or bad, 2 wrong usage, 3 something is missing around us.";

// What CLI11 writes into, one a command.
struct Parsed {
    std::map<std::string, std::vector<std::string>> values;
    std::map<std::string, bool> flags;
};

CLI::App* groupFor(CLI::App& root, std::string_view path, std::map<std::string, CLI::App*>& groups) {
    const auto space = path.find(' ');
    if (space == std::string_view::npos) return &root;
    const std::string name(path.substr(0, space));
    auto& group = groups[name];
    if (group == nullptr) {
        group = root.add_subcommand(name);
        group->require_subcommand(1);
    }
    return group;
}

CLI::App* declare(CLI::App& root, const Command& command, Parsed& parsed,
                  std::map<std::string, CLI::App*>& groups) {
    CLI::App* parent = groupFor(root, command.path, groups);
    const auto space = command.path.find(' ');
    const std::string name(space == std::string_view::npos ? command.path : command.path.substr(space + 1));
    CLI::App* app = parent->add_subcommand(name, std::string(command.summary));
    app->footer((command.details.empty() ? std::string() : std::string(command.details) + "\n\n") +
                kExitCodes);
    if (command.isHidden) app->group("");
    for (const PositionalSpec& positional : command.positionals) {
        auto* option =
            app->add_option(std::string(positional.name), parsed.values[std::string(positional.name)],
                            std::string(positional.help));
        option->required(positional.isRequired);
        // A vector takes every word it is offered: the next positional would stay empty.
        // Nor would CLI11 give anything to one that expects none or one: one that may be missing is not
        // required.
        if (!positional.isMany) option->expected(1)->allow_extra_args(false);
    }
    for (const OptionSpec& spec : command.options) {
        const std::string optionName(spec.name);
        if (spec.value.empty()) {
            app->add_flag(optionName, parsed.flags[std::string(spec.longName())], std::string(spec.help));
            continue;
        }
        std::string help(spec.help);
        if (!spec.fallback.empty()) help += fmt::format(" [{}]", spec.fallback);
        auto* option = app->add_option(optionName, parsed.values[std::string(spec.longName())], help);
        option->type_name(std::string(spec.value));
        if (!spec.isMany) option->expected(1);
    }
    return app;
}

Arguments argumentsOf(const Command& command, const Parsed& parsed) {
    Arguments arguments;
    for (const auto& [name, values] : parsed.values)
        for (const std::string& value : values)
            arguments.add(name, value);
    for (const auto& [name, isSet] : parsed.flags)
        if (isSet) arguments.add(name, "");
    for (const OptionSpec& spec : command.options)
        if (!spec.fallback.empty() && !arguments.flag(std::string(spec.longName())))
            arguments.add(std::string(spec.longName()), std::string(spec.fallback));
    return arguments;
}

// A first word that is no command, with the one that was meant; empty when it is one, or no word.
std::string commandMeant(const CLI::App& root, int argc, char** argv) {
    const std::string_view word = argc > 1 ? argv[1] : "";
    if (word.empty() || word.front() == '-') return {};
    std::vector<std::string> known;
    for (const CLI::App* each : root.get_subcommands({}))
        known.push_back(each->get_name());
    if (std::find(known.begin(), known.end(), word) != known.end()) return {};
    const std::string meant = closestName(word, known);
    return fmt::format(
        "there is no command \"{}\"{}", word,
        meant.empty() ? "; greffe --help shows them" : fmt::format("; did you mean {}?", meant));
}

}  // namespace

std::string Arguments::text(std::string_view name) const {
    const auto found = given_.find(std::string(name));
    return found == given_.end() || found->second.empty() ? std::string() : found->second.back();
}

std::vector<std::string> Arguments::list(std::string_view name) const {
    const auto found = given_.find(std::string(name));
    return found == given_.end() ? std::vector<std::string>() : found->second;
}

std::optional<long long> Arguments::number(std::string_view name) const {
    const std::string given = text(name);
    char* end = nullptr;
    const long long value = std::strtoll(given.c_str(), &end, 10);
    return given.empty() || *end != '\0' ? std::nullopt : std::optional(value);
}

void complain(std::string_view message) {
    fmt::print(stderr, "greffe: {}\n", displayText(message));
}

int runCommandLine(int argc, char** argv) {
    CLI::App root("Greffe: documents in, sealed, kept and told of; nothing is ever lost.", "greffe");
    root.set_version_flag("--version", GREFFE_VERSION);
    root.require_subcommand(1);
    std::map<std::string, CLI::App*> groups;
    std::vector<std::unique_ptr<Parsed>> parsed;
    std::vector<CLI::App*> apps;
    for (const Command& command : commandTable()) {
        parsed.push_back(std::make_unique<Parsed>());
        apps.push_back(declare(root, command, *parsed.back(), groups));
    }
    // What a group is for is best said by what is in it.
    for (const auto& [name, group] : groups) {
        std::vector<std::string> names;
        for (const CLI::App* each : group->get_subcommands({}))
            if (!each->get_name().empty()) names.push_back(each->get_name());
        group->description(fmt::format("{}", fmt::join(names, ", ")));
    }
    try {
        root.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (const std::string advice = commandMeant(root, argc, argv); !advice.empty()) {
            complain(advice);
            return kUsage;
        }
        const int code = root.exit(error);
        return code == 0 ? kGood : kUsage;
    }
    for (std::size_t i = 0; i < apps.size(); ++i) {
        if (!apps[i]->parsed()) continue;
        const Command& command = commandTable()[i];
        try {
            return command.run(argumentsOf(command, *parsed[i]));
        } catch (const std::exception& error) {
            complain(fmt::format("{}: {}", command.path, error.what()));
            return kEnvironment;
        }
    }
    return kUsage;
}

}  // namespace greffe
