// SPDX-License-Identifier: Apache-2.0
#include "dossier/steps/steps.h"

namespace greffe {

std::span<const StepAction* const> allStepActions() {
    static const StepAction* const kinds[] = {
        &archiveStep(), &chooseStep(),    &documentsStep(), &eachStep(), &manifestStep(),
        &notifyStep(),  &parallelStep(),  &refuseStep(),    &sealStep(), &signStep(),
        &taskStep(),    &transformStep(), &validateStep(),  &waitStep()};
    return kinds;
}

}  // namespace greffe
