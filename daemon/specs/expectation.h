// SPDX-License-Identifier: Apache-2.0
// Holds what a spec expects against what a simulated world has.
#pragma once

#include "simulate/world.h"

#include <string>
#include <vector>

namespace greffe {

// One line for each thing that is otherwise: "state: waiting, expected done". options: of an `expect`
// (config/spec_schema.h). The Error is the machine's.
Result<std::vector<std::string>> differences(World& world, const std::string& dossier, const Json& options);

// Everything that must be the same however often the daemon was restarted on the way: states, what ran, what
// was sent.
Result<Json> outcomeOf(World& world, const std::string& dossier);

}  // namespace greffe
