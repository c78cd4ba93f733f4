// SPDX-License-Identifier: Apache-2.0
// How a dossier can end, in one table: where its source goes, what its receipt says, who may still act.
// Receipts, folders, tests and pages are read from it.
#pragma once

#include "intake/folder_places.h"
#include "store/rows.h"

#include <greffe/reason.h>

#include <optional>
#include <span>
#include <string_view>

namespace greffe {

struct Ending {
    DossierState state;
    std::optional<Place> place;  // none: the source stays in in-progress/ with a live receipt
    std::string_view verdict;    // the receipt's word
    std::string_view whoMayAct;
};

std::span<const Ending> endings();

// Nullptr for a state that is not an ending (ready, running, waiting, retry_wait).
const Ending* endingOf(DossierState state);

// What becomes of a branch whose step ended Rejected with this reason: the sender can mend it (Reject), or an
// operator must look (GiveUp). `isAtIntake`: nothing was done with the document yet; technical trouble then
// means quarantine.
DossierState stateForRejection(Reason reason, bool isAtIntake);

}  // namespace greffe
