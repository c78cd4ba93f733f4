// SPDX-License-Identifier: Apache-2.0
// One dossier in memory while it moves: its rows as last committed, and what happened since but is not
// committed yet.
//
// Results of pure and idempotent steps are not committed one by one: they ride along with the next commit
// that must happen (an intent, a wait, the end). A crash before that runs those steps again, with the same
// frozen parameters.
//
// Lives on the engine's thread.
#pragma once

#include "base/json.h"
#include "config/plan.h"
#include "store/store.h"
#include "workers/call.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

// Rows that the next commit writes.
struct PendingRows {
    std::vector<BlobRow> blobs;
    std::vector<DocumentRow> documents;
    std::vector<EffectRow> effects;
    std::vector<MessageRow> messages;
    std::vector<TaskRow> tasks;
    std::vector<AuditRow> audits;

    Status write(StoreTransaction& tx) const;
};

class DossierRun {
public:
    DossierRun(std::shared_ptr<const Plan> plan, const PipelinePlan& pipeline, DossierRow dossier,
               BranchRow branch, std::vector<DocumentRow> documents, std::vector<BlobRow> blobs,
               std::vector<EffectRow> effects);

    const Plan& plan() const { return *plan_; }
    const PipelinePlan& pipeline() const { return pipeline_; }
    const std::string& id() const { return dossier.id; }

    // The newest document of a slot or artifact name. "document" means: the newest version of what was
    // received.
    const DocumentRow* newest(std::string_view slot) const;
    const BlobRow* blob(const Digest& sha256) const;
    void addBlob(const BlobRow& row);

    // The effect of a step that is to be taken up again after a crash: its intent was committed, its end was
    // not.
    const EffectRow* openIntent(const std::string& step) const;
    std::int32_t attemptsOf(const std::string& step) const;

    // What pipeline functions see: {"id", "type", "data", "parties", "facts": {step: …}, "documents": {slot:
    // …}}.
    Json view() const;

    DossierRow dossier;
    BranchRow branch;
    std::vector<DocumentRow> documents;
    std::vector<EffectRow> effects;
    std::vector<MessageRow> messages;  // of all its steps, as last seen by them
    PendingRows pending;
    std::map<std::string, CallInput> openDocuments;  // by document id: opened once, used by every step
    std::string keptAs, keptUntil;                   // of the archive step, for the receipt
    bool hasLeftIntake = false;                      // a step that did something with the document was done

private:
    std::shared_ptr<const Plan> plan_;
    const PipelinePlan& pipeline_;
    std::map<Digest, BlobRow> blobs_;
};

// The idempotency key of an effect: hex SHA-256 of dossier, step and item.
std::string effectKey(const std::string& dossier, const std::string& step, const std::string& item);

}  // namespace greffe
