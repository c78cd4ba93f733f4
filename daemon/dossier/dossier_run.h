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
#include "dossier/dossier_state.h"
#include "store/store.h"
#include "workers/call.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace greffe {

// Rows that the next commit writes.
struct PendingRows {
    std::vector<BlobRow> blobs;
    std::vector<DocumentRow> documents;
    std::vector<EffectRow> effects;  // in their order; none is taken away, none changes its step or branch
    std::vector<MessageRow> messages;
    std::vector<TaskRow> tasks;
    std::vector<AuditRow> audits;
    std::set<std::string> branches;            // paths of those that were moved, opened or ended
    std::map<std::string, std::string> marks;  // of the house: name → JSON

    Status write(StoreTransaction& tx) const;
};

class DossierRun {
public:
    DossierRun(std::shared_ptr<const Plan> plan, const PipelinePlan& pipeline, DossierRow dossier,
               std::vector<BranchRow> branches, std::vector<DocumentRow> documents,
               const std::vector<BlobRow>& blobs, std::vector<EffectRow> effects);

    const Plan& plan() const { return *plan_; }
    const std::shared_ptr<const Plan>& sharedPlan() const { return plan_; }
    const PipelinePlan& pipeline() const { return pipeline_; }
    const std::string& id() const { return dossier.id; }

    // The newest document of a slot or artifact name. "document" means: the newest version of what was
    // received.
    const DocumentRow* newest(std::string_view slot) const;
    const BlobRow* blob(const Digest& sha256) const;
    void addBlob(const BlobRow& row);

    // A branch that is not final; there is one of that path.
    BranchRow& branch(const std::string& path);
    bool isReady(const std::string& path) const;
    // Moves a branch (dossier_state.h). The next commit writes it.
    void move(const std::string& path, BranchEvent event);
    void openBranch(const std::string& path, const std::string& firstStep);
    void endBranch(const std::string& path);

    // Adds the effect, or replaces what was known of the same attempt.
    void record(const EffectRow& effect);
    // The effect of a step that was begun and not ended: interrupted by a crash, or waiting.
    const EffectRow* openIntent(const std::string& branch, const std::string& step) const;
    std::int32_t attemptsOf(const std::string& branch, const std::string& step) const;

    // Inside `each`: {"as": name, "number": from 1, "value": the thing, "path": of the item, with those
    // around it}; null elsewhere. From the frozen list of the step that opened the branch.
    Json item(const std::string& branchPath) const;
    // The document that a step on that branch means by `name`: an item's own where `name` is that item's, the
    // innermost first; else what was received under it, else what was made under it for the item at hand, or
    // for those around it. Never what was made for another item of the same `each`.
    const DocumentRow* documentNamed(const std::string& branchPath, std::string_view name) const;

    // What pipeline functions see: {"id", "type", "data", "parties", "facts": {step: …}, "documents": {slot:
    // …}}. Facts of a step inside `each` are those of the branch's own item; seen from outside, a list.
    Json view(const std::string& branchPath = {}) const;

    DossierRow dossier;
    std::map<std::string, BranchRow> branches;  // by path, those that have not ended
    std::vector<DocumentRow> documents;
    std::vector<EffectRow> effects;    // in their order; none is taken away, none changes its step or branch
    std::vector<MessageRow> messages;  // of all its steps, as last seen by them
    std::vector<TaskRow> tasks;
    std::vector<InboxRow> events;  // that came for it, oldest first
    PendingRows pending;
    // A commit of it failed: what is here is not what the journal says, and nobody may act on it.
    bool isAstray = false;

    // Whether a step did something with what came in: from then on technical trouble is an operator's to
    // mend, never a quarantine, from which the pipeline would begin again.
    bool hasLeftIntake() const;

    // A document's bytes stay open for the next steps, those of the last few: a descriptor each, of every
    // dossier in memory, and a process has only so many. Null when it is not open.
    const CallInput* openDocument(const std::string& documentId) const;
    void keepOpen(const std::string& documentId, CallInput input);

private:
    using Places = std::map<std::string, std::vector<std::size_t>>;  // into `effects`, in their order
    const std::vector<std::size_t>& effectsAt(const std::string& branch, const std::string& step) const;
    void indexEffects() const;
    std::vector<std::size_t> effectsOutside(const std::string& ours) const;
    const DocumentRow* newestVersion(const DocumentRow* document) const;
    const DocumentRow* visibleFrom(const std::string& ours, std::string_view slot) const;

    std::shared_ptr<const Plan> plan_;
    const PipelinePlan& pipeline_;
    std::map<Digest, BlobRow> blobs_;
    std::deque<std::pair<std::string, CallInput>> openDocuments_;  // the oldest first
    // Of `effects`, brought up to date when they are asked: with a thousand items there are thousands of
    // them.
    mutable Places byPlace_;  // "branch\nstep"
    mutable Places byItem_;
    mutable std::size_t indexed_ = 0;
    mutable std::map<std::size_t, Json>
        itemLists_;  // what `each` steps go over, by effect: frozen, and parsed once
};

// The idempotency key of an effect: hex SHA-256 of dossier, step and item.
std::string effectKey(const std::string& dossier, const std::string& step, const std::string& item);

}  // namespace greffe
