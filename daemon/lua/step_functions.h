// SPDX-License-Identifier: Apache-2.0
// Calls the small functions of steps (`when`, `by`, `to`, …) that a plan refers to by path.
//
// The plan's sources are evaluated once per process and kept by their hash. A call gets an immutable view of
// the dossier, 50 ms and 8 MiB; what functions could use as memory between calls (variables and tables around
// them) is frozen after the evaluation, so that the same dossier always gives the same answer.
#pragma once

#include "base/json.h"

namespace greffe::lua {

// Input and answer of GreffeLuaModule::prepare.
Json callStepFunctions(const Json& input);

}  // namespace greffe::lua
