// SPDX-License-Identifier: Apache-2.0
// The list of step kinds. A new one is a file beside this and a line in steps.cpp.
#pragma once

#include "dossier/step_action.h"

#include <span>

namespace greffe {

std::span<const StepAction* const> allStepActions();

const StepAction& archiveStep();
const StepAction& documentsStep();
const StepAction& chooseStep();
const StepAction& eachStep();
const StepAction& manifestStep();
const StepAction& notifyStep();
const StepAction& parallelStep();
const StepAction& refuseStep();
const StepAction& sealStep();
const StepAction& signStep();
const StepAction& taskStep();
const StepAction& transformStep();
const StepAction& validateStep();
const StepAction& waitStep();

// What a branch waits for (BranchRow::waitKey) that asked a person; for events: store/event_wait.h.
std::string taskWaitKey(const std::string& task);

}  // namespace greffe
