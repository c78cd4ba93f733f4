// SPDX-License-Identifier: Apache-2.0
// The small Lua functions of a step (`when`, `reason`, `by` …): what the lua pool is asked, and how its
// answer becomes the step's options. Pure; the runner makes the call.
//
// The lua pool's operation "prepare" is described in lua/evaluator.h.
#pragma once

#include "dossier/dossier_run.h"

namespace greffe {

// Params of "prepare" for every function of the step. `withSources`: the worker has not seen the plan yet.
Json functionCalls(const DossierRun& run, const std::string& branchPath, const StepPlan& step,
                   bool withSources);

// Whether the worker asks to be told the sources.
bool needsSources(const Json& answer);

struct FrozenOptions {
    bool isWanted = true;  // `when`
    Json options;
};

// The step's options with each function replaced by what it returned. Errors name the function's file and
// line: it failed, or returned something else than the option takes.
Result<FrozenOptions> optionsFrom(const StepPlan& step, const Json& answer);

}  // namespace greffe
