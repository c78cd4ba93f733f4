// SPDX-License-Identifier: Apache-2.0
// Asking for the time-stamp of a seal: authorities in order, those that failed lately last, until one
// answers.
#pragma once

#include "dossier/seal_progress.h"
#include "dossier/step_action.h"

#include <string>
#include <vector>

namespace greffe {

struct StampAttempt {
    std::string authority;
    Reason reason = Reason::None;
    std::string text;
};

// "one: provider_unavailable: the authority was not reached; two: …"
std::string describeFailures(const std::vector<StampAttempt>& failures);

// Fills in progress.token and what belongs to it, or leaves them empty when nobody answered well. Each
// request's nonce is in the journal before the request leaves, and the token as soon as it is there.
// `failures` gets those who did not answer. An error is the journal's.
Task<Status> obtainStamp(StepContext& context, const std::vector<std::string>& authorities,
                         SealProgress& progress, std::vector<StampAttempt>& failures);

// Writes `progress` into the journal as the state of the running effect.
Task<Status> journalProgress(StepContext& context, const SealProgress& progress);

}  // namespace greffe
