// SPDX-License-Identifier: Apache-2.0
#include "dossier/steps/steps.h"

namespace greffe {

std::span<const StepAction* const> allStepActions() {
    static const StepAction* const kinds[] = {&archiveStep(), &documentsStep(), &manifestStep(), &notifyStep(), &sealStep(), &validateStep()};
    return kinds;
}

}  // namespace greffe
