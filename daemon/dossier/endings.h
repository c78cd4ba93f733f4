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

// A branch whose step decided how its dossier ends, while other branches have calls under way: in the journal
// it stays ready, so that every start finds it, and its wait key says what was decided. The dossier's reason
// and explanation are the decision's.
std::string endingKey(DossierState state);
std::optional<DossierState> decidedEnding(const BranchRow& branch);

// What the dossier's row says of it, and what the journal keeps.
void setReason(DossierRow& dossier, Reason reason, const std::string& explanation);
AuditRow dossierAudit(const DossierRow& dossier, DossierState state, std::int64_t atMs);

// What becomes of a branch whose step ended Rejected with this reason: the sender can mend it (Reject), or an
// operator must look (GiveUp). `isAtIntake`: nothing was done with the document yet; technical trouble then
// means quarantine.
DossierState stateForRejection(Reason reason, bool isAtIntake);

}  // namespace greffe
