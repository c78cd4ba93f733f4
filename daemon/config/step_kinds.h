// SPDX-License-Identifier: Apache-2.0
// What the compiler and the engine know of a step kind besides its options.
#pragma once

#include "config/plan.h"

#include <string_view>

namespace greffe {

struct StepKind {
    std::string_view name;
    EffectClass effect;
    std::uint32_t deadlineSeconds;  // of one attempt, when the pipeline does not say
    std::string_view capability;    // that some installed plugin must offer; empty: none
};

// nullptr for a kind that does not exist.
const StepKind* findStepKind(std::string_view name);

}  // namespace greffe
