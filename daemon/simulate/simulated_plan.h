// SPDX-License-Identifier: Apache-2.0
// The plan that a simulation runs instead of the real one: the same pipelines, steps and functions, and
// nothing of the house in it. Every key becomes one that was made for the simulation, archives lie in its
// own folder, services keep nothing but their names.
//
// Pure.
#pragma once

#include "config/plan.h"

#include <string>

namespace greffe {

struct SimulationFolder {
    std::string archive;                  // where archives lie
    std::string privateKey, certificate;  // PEM files
};

Plan simulatedPlan(Plan plan, const SimulationFolder& folder);

}  // namespace greffe
