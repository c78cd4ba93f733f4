// SPDX-License-Identifier: Apache-2.0
// The journal as the engine sees it: transactions that are all or nothing, and readers. SQLite implements it
// here; a PostgreSQL plugin can implement it elsewhere, so nothing of SQL shows.
#pragma once

#include "base/result.h"
#include "store/rows.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

// The writes of one unit of work. Valid only inside the call that received it.
class StoreTransaction {
public:
    virtual ~StoreTransaction() = default;

    virtual Status insertPlan(const PlanRow& row) = 0;  // the same plan again is fine
    // The same digest again is fine: the first row stays, unless row.replacesDamaged.
    virtual Status insertBlob(const BlobRow& row) = 0;
    virtual Status insertDocument(const DocumentRow& row) = 0;
    virtual Status insertDossier(
        const DossierRow& row) = 0;  // Errc::Exists when its source.claim was admitted before
    virtual Status updateDossier(const DossierRow& row) = 0;  // all columns but id, source.claim, createdMs
    virtual Status putBranch(const BranchRow& row) = 0;
    virtual Status deleteBranch(const std::string& dossier, const std::string& path) = 0;
    // Moves every retry by that much: the wall clock was set, and they are due after a while, not at a date.
    virtual Status shiftRetries(std::int64_t byMs) = 0;
    virtual Status putEffect(const EffectRow& row) = 0;  // by (dossier, branch, step, item, attempt)
    virtual Status putTask(const TaskRow& row) = 0;
    virtual Status putMessage(const MessageRow& row) = 0;
    virtual Status insertInbox(const InboxRow& row) = 0;  // Errc::Exists for an event seen before
    virtual Status matchInbox(const std::string& provider, const std::string& eventId,
                              const std::string& dossier) = 0;
    // A mark concerns the whole house and stays until it is removed; setting it again replaces its detail.
    virtual Status setMark(const std::string& name, const std::string& detailJson) = 0;
    virtual Status removeMark(const std::string& name) = 0;  // one that is not there is fine
    // Adds the next link of the chain; fills seq, previous and hash.
    virtual Status appendAudit(AuditRow& row) = 0;

    // What this transaction would see, its own writes included.
    virtual Result<std::optional<DossierRow>> dossier(const std::string& id) = 0;
    virtual Result<std::optional<BranchRow>> branch(const std::string& dossier, const std::string& path) = 0;
};

struct DossierFilter {
    std::optional<DossierState> state;
    std::string pipeline, intake;  // empty: any
    std::string afterId;           // cursor: ids greater than this
    std::size_t limit = 100;
    bool newestFirst = false;  // then afterId means "smaller than this"
};

struct PipelineCount {
    std::string pipeline;
    DossierState state = DossierState::Ready;
    std::int64_t count = 0;  // dossiers
};

struct ShapeCell {  // one row of `greffe shape`
    std::string pipeline, step;
    DossierState state = DossierState::Ready;
    std::int64_t count = 0;
    std::int64_t oldestMs = 0;
};

// A consistent view at the moment of each call. One per thread; cheap to keep.
class StoreReader {
public:
    virtual ~StoreReader() = default;

    virtual Result<std::optional<PlanRow>> plan(const std::string& id) = 0;
    // Those that came into force last, the latest first.
    virtual Result<std::vector<PlanRow>> newestPlans(std::size_t limit) = 0;
    virtual Result<std::optional<BlobRow>> blob(const Digest& sha256) = 0;
    virtual Result<std::optional<DossierRow>> dossier(const std::string& id) = 0;
    virtual Result<std::vector<DossierRow>> dossiers(const DossierFilter& filter) = 0;
    virtual Result<std::optional<DossierRow>> dossierByClaim(const std::string& claim) = 0;
    // Dossiers that received (not produced) a document with this content, oldest first, without those that
    // ended otherwise than well: who drops a refused file again asks anew.
    virtual Result<std::vector<std::string>> dossiersWithContent(const Digest& sha256, std::size_t limit) = 0;
    virtual Result<std::vector<DocumentRow>> documents(const std::string& dossier) = 0;
    virtual Result<std::vector<BranchRow>> branches(const std::string& dossier) = 0;
    virtual Result<std::vector<EffectRow>> effects(const std::string& dossier) = 0;
    virtual Result<std::vector<TaskRow>> tasks(const std::string& dossier, bool openOnly) = 0;  // "" = of all
    virtual Result<std::vector<MessageRow>> messages(const std::string& dossier) = 0;
    virtual Result<std::vector<AuditRow>> audit(const std::string& dossier, std::int64_t afterSeq,
                                                std::size_t limit) = 0;  // "" = of all
    // Events that are matched to a dossier, in the order in which they came.
    virtual Result<std::vector<InboxRow>> inbox(const std::string& dossier) = 0;
    virtual Result<std::optional<InboxRow>> event(const std::string& provider,
                                                  const std::string& eventId) = 0;
    virtual Result<std::vector<InboxRow>> unmatchedInbox(const std::string& provider, std::size_t limit) = 0;

    // Branches that can run now: Ready, or RetryWait/Waiting with dueMs <= nowMs; by priority, then oldest
    // dossier first. Dossiers in `skip` (already in memory) are left out.
    virtual Result<std::vector<BranchRow>> runnable(std::int64_t nowMs, const std::vector<std::string>& skip,
                                                    std::size_t limit) = 0;
    // Branches found Running: what recovery looks at, once, at start.
    virtual Result<std::vector<BranchRow>> interrupted(std::size_t limit) = 0;
    // The earliest dueMs later than `afterMs` of a branch in RetryWait or Waiting, 0 when none.
    virtual Result<std::int64_t> nextDueMs(std::int64_t afterMs) = 0;
    // Branches waiting for this key.
    virtual Result<std::vector<BranchRow>> waitingFor(const std::string& waitKey) = 0;
    // Branches that wait for an event ("event:<provider>:<dossier>") of which the inbox holds one at least,
    // used up or not. Reads the whole inbox: for a start.
    virtual Result<std::vector<BranchRow>> waitingForKnownEvents() = 0;
    // Final dossiers whose projections are not on disk yet, oldest first, from the one behind `afterId` on.
    virtual Result<std::vector<DossierRow>> undelivered(const std::string& afterId, std::size_t limit) = 0;
    // Dossiers of an intake that are not final or not delivered: their sources are in claimed/ or
    // in-progress/.
    virtual Result<std::vector<DossierRow>> unsettled(const std::string& intake, const std::string& afterId,
                                                      std::size_t limit) = 0;

    // The detail of a mark.
    virtual Result<std::optional<std::string>> mark(const std::string& name) = 0;

    virtual Result<std::map<DossierState, std::int64_t>> countByState() = 0;
    virtual Result<std::vector<PipelineCount>> countByPipeline() = 0;
    virtual Result<std::vector<ShapeCell>> shape() = 0;
    // Whether any row still needs this blob (sweeping).
    virtual Result<bool> isBlobUsed(const Digest& sha256) = 0;
    virtual Result<std::vector<BlobRow>> blobsOfSegment(std::uint32_t segment) = 0;
    // All blobs in the order of their digests, from the one behind `after` on: for checks that visit every
    // one.
    virtual Result<std::vector<BlobRow>> blobs(const Digest& after, std::size_t limit) = 0;
};

// One unit of work: all its writes or none. An error it returns undoes it alone, not its neighbours in the
// same commit.
using StoreWork = std::function<Status(StoreTransaction&)>;

class Store {
public:
    virtual ~Store() = default;

    // Runs every work in order and makes all of them durable with one commit. One Status per work.
    // Errc::NoSpace instead means that nothing of the batch is there, and that the same works may be
    // committed again: a work must not mind being run twice. Any other Error means that nothing of it is
    // known to be durable: the caller must end the process (a retried fsync may lie).
    virtual Result<std::vector<Status>> commit(const std::vector<StoreWork>& works) = 0;
    virtual Result<std::unique_ptr<StoreReader>> openReader() = 0;

    // Called by the journal when nothing was submitted for a while: the moment for housekeeping that would
    // delay commits. An Error means the same as one of commit().
    virtual Status whenQuiet() { return {}; }

    // Checks the whole audit chain. The Error names the first seq that does not fit.
    // `watch` hears now and then how many rows of how many were read; its error ends the check.
    using AuditWatch = std::function<Status(std::int64_t done, std::int64_t total)>;
    virtual Status verifyAudit(const AuditWatch& watch) = 0;
    Status verifyAudit() { return verifyAudit(nullptr); }
    // A consistent copy of the journal while others write.
    virtual Status backupTo(const std::string& path) = 0;
};

// Opens or creates the SQLite store in `directory` (WAL, synchronous=FULL), migrating an older schema. A
// newer schema than this binary's is Errc::Unsupported and is not touched. Fails when the file system cannot
// do WAL.
Result<std::unique_ptr<Store>> openSqliteStore(const std::string& directory);

}  // namespace greffe
