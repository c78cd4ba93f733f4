// SPDX-License-Identifier: Apache-2.0
// greffe check: everything that is wrong with a configuration, at its line.
#include "app/configuration.h"
#include "base/bytes_text.h"
#include "base/json.h"
#include "cli/commands.h"
#include "oneshot/live_check.h"
#include "oneshot/progress_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace greffe {
namespace {

std::vector<LiveFinding> lookAround(const Plan& plan) {
    const ProgressLine progress;
    return checkLive(findHousePaths(), std::make_shared<Plan>(plan),
                     [&](std::string_view operation) { progress.show(operation); });
}

void printTable(const std::vector<LiveFinding>& findings) {
    std::size_t width = 0;
    for (const LiveFinding& finding : findings)
        width = std::max(width, finding.what.size());
    for (const LiveFinding& finding : findings)
        fmt::print("{:<7} {:<{}}  {}\n", finding.isGood ? "good" : "trouble", displayText(finding.what),
                   width, displayText(finding.text));
}

// The object of `check --json`, with "live": [{"what", "good", "text"}] beside the diagnostics.
void printJson(const std::vector<Diagnostic>& diagnostics, const std::vector<LiveFinding>& findings) {
    Json answer = storedJson(diagnosticsJson(diagnostics));
    if (!findings.empty()) answer["live"] = Json::array();
    for (const LiveFinding& finding : findings)
        answer["live"].push_back({{"what", finding.what}, {"good", finding.isGood}, {"text", finding.text}});
    fmt::print("{}\n", dumpJson(answer));
}

// CONFIG, else --config; empty after saying that it is one or the other.
std::string askedFolder(const Arguments& arguments) {
    const std::string folder = arguments.text("FOLDER"), option = arguments.text("--config");
    if (folder.empty()) return option;
    if (option == folder || option == kConfigOption.fallback) return folder;
    complain("FOLDER and --config both name the folder: write one of them");
    return {};
}

int runCheck(const Arguments& arguments) {
    const std::string folder = askedFolder(arguments);
    if (folder.empty()) return kUsage;
    auto loaded = loadConfiguration(folder, findHousePaths());
    if (!loaded) {
        complain(loaded.error().text());
        return kEnvironment;
    }
    const std::vector<Diagnostic>& diagnostics = loaded->compiled.diagnostics;
    const bool isJson = arguments.flag("--json");
    if (!isJson) {
        fmt::print(stderr, "{}", diagnosticsText(diagnostics));
        if (loaded->compiled.plan) fmt::print("configuration good: plan {}\n", loaded->id.substr(0, 12));
    }
    std::vector<LiveFinding> findings;
    if (arguments.flag("--live") && loaded->compiled.plan) findings = lookAround(*loaded->compiled.plan);
    if (isJson) {
        printJson(diagnostics, findings);
    } else {
        printTable(findings);
    }
    if (!loaded->compiled.plan) return kBad;
    const bool isAllGood = std::all_of(findings.begin(), findings.end(),
                                       [](const LiveFinding& finding) { return finding.isGood; });
    return isAllGood ? kGood : kEnvironment;
}

}  // namespace

Command checkCommand() {
    Command command;
    command.path = "check";
    command.summary = "check a configuration: all errors, each with file, line and column";
    command.positionals = {{"FOLDER", "the same as --config FOLDER", false}};
    command.options = {
        kConfigOption,
        kJsonOption,
        {"--live", "",
         "also look whether folders, keys and services are there: exit code 3 when one is not"}};
    command.run = runCheck;
    return command;
}

}  // namespace greffe
