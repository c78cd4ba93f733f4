// SPDX-License-Identifier: Apache-2.0
// A pipeline as a picture: one SVG file without scripts, fonts or anything from elsewhere, in light or dark
// as the reader's system is. Read aloud it says its name and its steps.
#pragma once

#include "outline/pipeline_outline.h"

#include <string>

namespace greffe {

// Well-formed XML, whatever the configuration's texts are. Equal outlines give equal bytes.
std::string flowSvg(const PipelineOutline& outline);

}  // namespace greffe
