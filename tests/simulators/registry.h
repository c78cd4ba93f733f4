// SPDX-License-Identifier: Apache-2.0
// The simulators that this program has. A new one adds its line to registry.cpp.
#pragma once

#include "simulators/simulator.h"

#include <memory>
#include <string>
#include <vector>

namespace greffe::simulators {

std::vector<std::string> simulatorNames();
// nullptr for a name that is not one of them.
std::unique_ptr<Simulator> makeSimulator(const std::string& name);

}  // namespace greffe::simulators
