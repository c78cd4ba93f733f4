// SPDX-License-Identifier: Apache-2.0
// What `task` and `wait` have in common: a time after which nobody waits any more.
#pragma once

#include "dossier/step_action.h"

namespace greffe {

// Adds "expires_unix_ms" to options with "expires_days".
void freezeExpiry(Json& options, std::int64_t nowMs);

// The moment of the frozen params, 0 for never.
std::int64_t expiryOf(const Json& params);

// What follows when it has passed: the line "on_expired" where the step has one, else the dossier has
// expired.
StepEnd expiredEnd(const StepPlan& step, const std::string& explanation);

}  // namespace greffe
