// SPDX-License-Identifier: Apache-2.0
// What receipts say of the seals that a dossier has.
#pragma once

#include "dossier/dossier_run.h"
#include "dossier/receipt.h"

#include <vector>

namespace greffe {

std::vector<SealNote> sealNotesOf(const DossierRun& run);

}  // namespace greffe
