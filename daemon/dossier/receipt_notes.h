// SPDX-License-Identifier: Apache-2.0
// What receipts say of a dossier's effects: its seals, where it is kept, and what nobody knew when it ended.
#pragma once

#include "dossier/dossier_run.h"
#include "dossier/receipt.h"

#include <vector>

namespace greffe {

std::vector<SealNote> sealNotesOf(const DossierRun& run);
std::vector<SignatureNote> signatureNotesOf(const DossierRun& run);
std::vector<KeptNote> keptNotesOf(const DossierRun& run);
// Effects whose outcome is unknown, and those of which an operator said it when the dossier had ended.
std::vector<OutcomeNote> outcomeNotesOf(const DossierRun& run);

}  // namespace greffe
