// SPDX-License-Identifier: Apache-2.0
// The declarations behind allSchemas(), one file a group. Only schema.cpp calls these.
#pragma once

#include "config/schema.h"

#include <vector>

namespace greffe {

std::vector<Schema> settingsSchemas();
std::vector<Schema> intakeSchemas();
std::vector<Schema> instanceSchemas();
std::vector<Schema> pipelineSchemas();
std::vector<Schema> stepSchemas();

}  // namespace greffe
