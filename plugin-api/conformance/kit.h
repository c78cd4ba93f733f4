// SPDX-License-Identifier: Apache-2.0
// The conformance kit: proves the rules of plugin-api/SPEC.md on one plugin file. The plugin's code runs in
// child processes only, one a pass, so that a crash, a hang or a leak costs a line of the report.
#pragma once

#include "base/result.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace greffe::conformance {

struct KitOptions {
    std::string pluginPath;          // absolute or relative
    std::string optionsJson = "{}";  // what an instance can start with
    std::map<std::string, std::string>
        secrets;                     // option → bytes; secret options that are not here get random ones
    std::string paramsJson;          // what a step gives the plugin with a document; empty: {}
    std::vector<std::string> files;  // documents of the plugin's formats
    std::vector<std::string> probeCommand;  // program (absolute) and arguments that end in runProbe()
};

struct RuleResult {
    enum class State { Passed, Failed, Skipped };
    std::string rule;
    State state = State::Passed;
    std::vector<std::string> details;  // Failed: each finding. Skipped: why
};

// One result a rule of rules.h, in that order; `sink`, when given, sees each as it is known (all at the end:
// later passes can still break an earlier rule). Errors are the kit's own: a probe that cannot be started.
Result<std::vector<RuleResult>> runConformance(const KitOptions& options,
                                               const std::function<void(const RuleResult&)>& sink = {});

// TAP version 13: one line a rule, details as "#" lines under it.
std::string tapOf(const std::vector<RuleResult>& results);

// `greffe plugin test FILE.so [--options FILE] [--params FILE] [--secret NAME=FILE]… [--file DOCUMENT]…`:
// prints TAP on stdout. `probe` is the command that runs a probe in this program, without the program:
// {"plugin-probe"}. Returns 0 when no rule failed, 1 when one did, 2 for wrong arguments, 3 when the kit
// could not run.
int runKit(int argc, char** argv, const std::vector<std::string>& probe);

}  // namespace greffe::conformance
