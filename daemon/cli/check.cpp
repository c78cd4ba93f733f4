// SPDX-License-Identifier: Apache-2.0
// greffe check: everything that is wrong with a configuration, at its line.
#include "app/configuration.h"
#include "cli/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace greffe {
namespace {

int runCheck(const Arguments& arguments) {
    auto loaded = loadConfiguration(arguments.text("--config"), findHousePaths());
    if (!loaded) {
        complain(loaded.error().text());
        return kEnvironment;
    }
    const std::vector<Diagnostic>& diagnostics = loaded->compiled.diagnostics;
    if (arguments.flag("--json")) {
        fmt::print("{}\n", diagnosticsJson(diagnostics));
    } else {
        fmt::print(stderr, "{}", diagnosticsText(diagnostics));
        if (loaded->compiled.plan) fmt::print("configuration good: plan {}\n", loaded->id.substr(0, 12));
    }
    return loaded->compiled.plan ? kGood : kBad;
}

}  // namespace

Command checkCommand() {
    Command command;
    command.path = "check";
    command.summary = "check a configuration: all errors, each with file, line and column";
    command.options = {kConfigOption, kJsonOption};
    command.run = runCheck;
    return command;
}

}  // namespace greffe
