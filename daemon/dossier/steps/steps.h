// SPDX-License-Identifier: Apache-2.0
// The list of step kinds. A new one is a file beside this and a line in steps.cpp.
#pragma once

#include "dossier/step_kind.h"

#include <span>

namespace greffe {

std::span<const StepKind* const> allStepKinds();

const StepKind& archiveStep();
const StepKind& manifestStep();
const StepKind& sealStep();
const StepKind& validateStep();

}  // namespace greffe
