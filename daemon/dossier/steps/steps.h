// SPDX-License-Identifier: Apache-2.0
// The list of step kinds. A new one is a file beside this and a line in steps.cpp.
#pragma once

#include "dossier/step_action.h"

#include <span>

namespace greffe {

std::span<const StepAction* const> allStepActions();

const StepAction& archiveStep();
const StepAction& documentsStep();
const StepAction& manifestStep();
const StepAction& notifyStep();
const StepAction& sealStep();
const StepAction& validateStep();

}  // namespace greffe
