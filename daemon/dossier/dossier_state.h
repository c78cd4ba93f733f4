// SPDX-License-Identifier: Apache-2.0
// The one table of how a branch may move, and how a dossier's state follows from its branches. Engine, tests
// and the documentation read it; a pair that is not in it is a broken invariant, not a surprise.
#pragma once

#include "store/rows.h"

#include <span>
#include <string_view>
#include <vector>

namespace greffe {

enum class BranchEvent : std::uint8_t {
    Start,     // its step is dispatched
    StepDone,  // go to the next step
    LastStepDone,
    Retry,          // the step may be tried again later
    Wait,           // the step waits for somebody or something
    Wake,           // what was waited for is there, or its time has come
    BecomeUnknown,  // nobody knows whether the effect happened
    GiveUp,         // attempts used up, crashes, plugin missing
    Reject,
    Refuse,  // a person, or the pipeline, said no
    Expire,
    Cancel,        // an operator
    Resume,        // an operator: try again
    ConfirmDone,   // an operator: it did happen
    ConfirmNot,    // an operator: it did not
    Interrupted,   // found running after a crash, and safe to run again
    LateDocument,  // something arrived after the end
    Restored,      // found in a journal that came back from a backup: it may have gone further
};

struct Transition {
    DossierState from;
    BranchEvent event;
    DossierState to;
    std::string_view why;  // one line, for the documentation
};

std::span<const Transition> transitions();
std::string_view eventName(BranchEvent event);

// The state after `event`. A pair that is not in the table ends the process (GREFFE_INVARIANT).
DossierState moved(DossierState from, BranchEvent event);
bool canMove(DossierState from, BranchEvent event);

// What a dossier is, seen from outside: the branch that needs most attention decides.
DossierState stateOf(const std::vector<DossierState>& branches);

// The state diagram as text for README and `greffe` help.
std::string stateTable();

}  // namespace greffe
