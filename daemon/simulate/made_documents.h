// SPDX-License-Identifier: Apache-2.0
// The documents that a simulation made, for people who want to look at them. Seals in them say SIMULATION.
#pragma once

#include "simulate/world.h"

#include <string>
#include <vector>

namespace greffe {

// Writes the results of dossiers into a folder, which is made when it is not there. The second of a name gets
// its document's id into it. Errc::Exists when a name was taken before: nothing is overwritten. The paths
// that were written.
Result<std::vector<std::string>> writeMadeDocuments(World& world, const std::vector<std::string>& dossiers,
                                                    const std::string& folder);

}  // namespace greffe
