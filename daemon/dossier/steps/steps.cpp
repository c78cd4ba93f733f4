// SPDX-License-Identifier: Apache-2.0
#include "dossier/steps/steps.h"

namespace greffe {

std::span<const StepKind* const> allStepKinds() {
    static const StepKind* const kinds[] = {&archiveStep(), &manifestStep(), &sealStep(), &validateStep()};
    return kinds;
}

}  // namespace greffe
