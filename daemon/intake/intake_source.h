// SPDX-License-Identifier: Apache-2.0
// Where documents come from, as the engine drives it: drop folders (folder_intake.h) and queues
// (queue_intake.h, behind which a plugin offers intake/1). Both keep the same promise: nothing is
// acknowledged (moved to in-progress/, or taken off the queue) before its dossier is committed, and what
// comes twice because of a crash is recognised by its claim.
//
// Lives on the intake thread.
#pragma once

#include "base/result.h"
#include "intake/intake_settings.h"

#include <chrono>

namespace greffe {

inline constexpr std::chrono::milliseconds kPauseBetweenTries{1'000};

class IntakeSource {
public:
    virtual ~IntakeSource() = default;

    // Takes up what a crash left, then begins.
    virtual Status start() = 0;
    // A new plan: for what comes from now on.
    virtual void retarget(const FolderSettings& settings) = 0;
};

}  // namespace greffe
