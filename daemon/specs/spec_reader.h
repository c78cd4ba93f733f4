// SPDX-License-Identifier: Apache-2.0
// Reads config/tests/*.lua: evaluated by the same evaluator as the configuration, checked with the same care.
#pragma once

#include "app/house_paths.h"
#include "config/plan.h"
#include "specs/spec.h"

#include <string>

namespace greffe {

// Every tests/*.lua of a configuration folder returns one spec or a list of specs; files in folders below
// tests/ are there to be included. Places in diagnostics are as the configuration's are. The Error is the
// machine's, or says that there are no such files.
Result<SpecFiles> readSpecs(const std::string& folder, const HousePaths& paths, const Plan& plan);

}  // namespace greffe
