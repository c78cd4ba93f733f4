// SPDX-License-Identifier: Apache-2.0
// The declarations behind allSchemas(), one file a group. Only schema.cpp calls these.
#pragma once

#include "config/schema.h"

#include <string_view>
#include <vector>

namespace greffe {

std::vector<Schema> settingsSchemas();
std::vector<Schema> intakeSchemas();
std::vector<Schema> instanceSchemas();
std::vector<Schema> pipelineSchemas();
std::vector<Schema> stepSchemas();

// The manual's pages; empty for a construct that has none (a test fails then).
SchemaPage stepPage(std::string_view name);
SchemaPage housePage(SchemaGroup group, std::string_view name);

}  // namespace greffe
