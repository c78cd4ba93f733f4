// SPDX-License-Identifier: Apache-2.0
// What an operator can do to a dossier that stands still, as rows: pure functions from the rows as they are
// to the rows to write, the audit row with the operator's name and reason among them. Which moves exist is
// dossier_state.h's table.
//
// Whoever calls them has borrowed the dossier (Runner::whenIdle) and read its rows after that. Errors:
// Errc::Invalid, with the state that the dossier is in and what can be done instead.
#pragma once

#include "base/json_fwd.h"
#include "dossier/dossier_run.h"

#include <string>
#include <vector>

namespace greffe {

// A dossier's rows, as read together.
struct DossierRows {
    DossierRow dossier;
    std::vector<BranchRow> branches;  // none when it is final
    std::vector<EffectRow> effects;
    std::vector<DocumentRow> documents;
    std::vector<TaskRow> openTasks;
    std::vector<MessageRow> messages;
};

// Who wants it, why, when.
struct OperatorWord {
    std::string actor;   // "operator:anne"
    std::string reason;  // their words
    std::int64_t nowMs = 0;
};

struct OperatorMove {
    DossierRow dossier;
    std::vector<BranchRow> branches;        // to put
    std::vector<std::string> goneBranches;  // paths to delete
    std::vector<EffectRow> effects;
    std::vector<TaskRow> tasks;
    std::vector<MessageRow> messages;
    AuditRow audit;
    bool mustTakeFileBack = false;  // from quarantine/ to in-progress/, before these rows are written

    Status write(StoreTransaction& tx) const;
};

// Held and retry_wait branches go on now, with all their attempts before them. A quarantined dossier needs
// releaseDossier.
Result<OperatorMove> retryDossier(const DossierRows& rows, const OperatorWord& word);

// An uncertain effect did happen (facts: what later steps read of it, an object) or did not (its step runs
// again). step: which one, needed only when several are uncertain; "BRANCH:STEP" where one step is on
// several. Of a dossier that has ended what is known now goes into the journal and into its receipt, and
// nothing runs any more.
Result<OperatorMove> resolveDossier(const DossierRows& rows, bool hasHappened, const std::string& step,
                                    const Json& facts, const OperatorWord& word);

// Ends it, with its open tasks. Its file goes to rejected/.
Result<OperatorMove> cancelDossier(const DossierRows& rows, const OperatorWord& word);

// A quarantined dossier is admitted again, from the first step of its pipeline in `plan`, the running one:
// what kept the file out may be an option that was changed since. Not when its bytes were never taken.
Result<OperatorMove> releaseDossier(const DossierRows& rows, const Plan& plan, const std::string& planId,
                                    const OperatorWord& word);

// An answer to an open task: the task's row, and its branch made ready to look at it.
Result<OperatorMove> answerTask(const DossierRows& rows, const TaskRow& task, const std::string& answer,
                                const OperatorWord& word);

// What these branches waited for is there. `what` goes into the audit row: {"provider": …, "event": …}.
Result<OperatorMove> wakeDossier(const DossierRows& rows, const std::string& waitKey, const Json& what,
                                 const OperatorWord& word);

// BranchRow::waitKey of a ready branch whose current step an operator confirmed: the runner goes on behind
// it.
std::string confirmedKey(const std::string& step);

}  // namespace greffe
