// SPDX-License-Identifier: Apache-2.0
// From files on disk to a plan: gathers the Lua files, has the lua pool evaluate them, compiles the result.
//
// Reads files and waits for a worker: for the command line and for the engine's start and reload, not for the
// reactor.
#pragma once

#include "app/house_paths.h"
#include "base/json_fwd.h"
#include "config/compile.h"

#include <string>
#include <vector>

namespace greffe {

struct LoadedConfiguration {
    CompileResult compiled;
    std::string text;    // of the plan, canonical; empty without a plan
    std::string id;      // its name
    std::string folder;  // as it was given
};

// folder: the one that holds greffe.lua. Files in diagnostics are named as seen from the current directory.
// The Error is the machine's (a file cannot be read, the lua worker does not start); what is wrong with the
// configuration is in the diagnostics.
Result<LoadedConfiguration> loadConfiguration(const std::string& folder, const HousePaths& paths);

// One evaluation in a lua worker of its own (lua/evaluator.h says what goes in and comes out). The Error says
// why it could not be done at all; what is wrong with the sources is in the answer.
Result<Json> evaluateSources(const Json& sources, const HousePaths& paths);

// What the files of the installed plugins say of themselves; none of their code is run. Unusable ones are
// left out.
std::vector<PluginFacts> installedPlugins(const HousePaths& paths);

}  // namespace greffe
