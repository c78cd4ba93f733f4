// SPDX-License-Identifier: Apache-2.0
// An outline for a terminal: the steps in order, what each does, its notes and its place, ways indented
// below.
#pragma once

#include "outline/pipeline_outline.h"

#include <string>

namespace greffe {

// Texts of the configuration are made harmless (displayText). Ends with a line break.
std::string outlineText(const PipelineOutline& outline);

}  // namespace greffe
