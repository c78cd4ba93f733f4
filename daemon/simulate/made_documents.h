// SPDX-License-Identifier: Apache-2.0
// The documents that a simulation made, for people who want to look at them. Seals in them say SIMULATION.
#pragma once

#include "simulate/world.h"

#include <string>
#include <vector>

namespace greffe {

// Writes a dossier's results into a folder, which is made when it is not there. Errc::Exists when one of the
// names is taken: nothing is overwritten. The paths that were written.
Result<std::vector<std::string>> writeMadeDocuments(World& world, const std::string& dossier,
                                                    const std::string& folder);

}  // namespace greffe
