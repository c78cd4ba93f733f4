// SPDX-License-Identifier: Apache-2.0
// A journal that came back from a backup does not know what was done after it. A mail that it calls unsent
// may have left.
//
// restoreBackup marks the journal; the first start on it, before any dossier moves, holds every dossier that
// a `once` step may have been done for since, and notes that in the step's history: what is sent then is
// recorded as a possible duplicate (steps/notify.cpp). The mark goes with the last of these rows, so a crash
// in between does it again, and doing it again changes nothing.
#pragma once

#include "dossier/operator_moves.h"
#include "store/journal.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace greffe {

struct RestoredMark {
    std::int64_t madeAtMs = 0;      // the backup
    std::int64_t restoredAtMs = 0;  // the way back
    friend bool operator==(const RestoredMark&, const RestoredMark&) = default;
};

// Offline, by restoreBackup: the mark, and a link of the audit chain.
Status markRestored(Store& store, const RestoredMark& mark);
// Nothing when the journal was not restored, or all of the below is done.
Result<std::optional<RestoredMark>> restoredMark(StoreReader& reader);

// What becomes of one live dossier; nothing when it may go on. pipeline: null when its plan cannot be read,
// which counts as "anything may have happened".
std::optional<OperatorMove> heldAfterRestore(const DossierRows& rows, const PipelinePlan* pipeline,
                                             const RestoredMark& mark, std::int64_t nowMs);

// All live dossiers, then the mark. Returns those that are held, whose receipts should say so.
using PlanOfDossier = std::function<Result<std::shared_ptr<const Plan>>(const std::string& planId)>;
Result<std::vector<std::string>> settleRestored(Journal& journal, StoreReader& reader,
                                                const PlanOfDossier& plan, const RestoredMark& mark,
                                                std::int64_t nowMs);

}  // namespace greffe
