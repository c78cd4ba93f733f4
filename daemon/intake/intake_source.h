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
#include <functional>

namespace greffe {

inline constexpr std::chrono::milliseconds kPauseBetweenTries{1'000};
// Of a file that changes whenever it is copied. Each try costs the room of a copy until the spool is swept.
inline constexpr int kMostTriesWhileChanging = 60;

class IntakeSource {
public:
    virtual ~IntakeSource() = default;

    // Takes up what a crash left, then begins. After an error it may be called again.
    virtual Status start() = 0;
    // A new plan, with the same folder or queue: for what comes from now on.
    virtual void retarget(const FolderSettings& settings) = 0;
    // Takes nothing more. What was taken is committed first; then `retired` is called, once, on this thread
    // and not from inside this call, and the source may go.
    virtual void retire(std::function<void()> retired) = 0;
};

}  // namespace greffe
