// SPDX-License-Identifier: Apache-2.0
// What a step of a kind does when its turn comes. One class a kind, in steps/; the registry is the list of
// all.
//
// A step reads from top to bottom as one coroutine: calls to pools, disk work, commits. It ends with one
// StepEnd. It must be able to run again from its beginning with the same params: whatever varies was frozen
// before.
#pragma once

#include "base/clock.h"
#include "base/task.h"
#include "dossier/dossier_run.h"
#include "sys/sync_point.h"
#include "workers/sandbox.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace greffe {

class AuthorityHealth;
class BlobSpool;

// Effect classes (config/plan.h): Pure and Idempotent steps run again after a crash and commit nothing before
// they begin; a Once step's intent is committed first, and after a crash nobody runs it blindly.

// A request as steps write it.
CallRequest callRequest(std::string operation, std::string instance, std::string paramsJson = "{}",
                        std::vector<CallInput> inputs = {});

// A document that a step made.
struct NewDocument {
    std::string slot, name, mediaType;
    std::vector<BlobRow> blobs;  // the last one is the document's, those before it are its parts
    std::string derivedFrom;
};

struct StepEnd {
    Verdict verdict = Verdict::Done;
    Reason reason = Reason::None;
    std::string explanation;
    std::uint32_t delaySeconds = 0;
    bool hasCrashed = false;
    // RetryLater: it was not tried (nothing was asked of anybody); the attempts of the step are not used up.
    bool isPostponed = false;
    Json facts = Json::object();
    std::vector<NewDocument> documents;
    // Waiting: the step runs again, with the same params and these facts (StepContext::remembered), when its
    // time has come, when somebody wakes what waits for the key, or when all branches it opened have ended.
    std::string waitKey;
    std::int64_t dueMs = 0;
    struct OpenedBranch {
        std::string path, firstStep;
    };
    std::vector<OpenedBranch> opened;
    // Done: the line inside the step that is walked next (pipeline_walk.h); empty: what follows the step.
    std::string way;

    static StepEnd rejected(Reason reason, std::string explanation);
    static StepEnd retry(Reason reason, std::string explanation);
    static StepEnd postponed(Reason reason, std::string explanation, std::chrono::seconds delay);
    // Bytes of ours could not be read or kept. A full disk uses up no attempt: it passes when somebody makes
    // room, however long that takes; the pauses are 5 s at first and grow to ten minutes.
    static StepEnd storage(const Error& error, std::int32_t attempt);
    static StepEnd waiting(std::string key, std::int64_t dueMs, Json facts);
    // Everything but Done, passed on from a call.
    static StepEnd from(const CallOutcome& outcome);
};

// What a step can use. Outlives the step.
class StepContext {
public:
    virtual ~StepContext() = default;

    virtual DossierRun& run() = 0;
    virtual const std::string& branch() const = 0;  // path
    virtual const StepPlan& step() const = 0;
    virtual const Json& params() const = 0;  // frozen options
    virtual const EffectRow& effect() const = 0;
    // The facts with which this execution went waiting; an empty object the first time.
    virtual const Json& remembered() const = 0;
    virtual std::int64_t nowMs() const = 0;
    virtual std::optional<ClockDoubt> clockDoubt() const { return std::nullopt; }
    virtual std::string newId() = 0;  // ulid
    // What the journal remembers for the whole house under this name (PendingRows::marks): JSON.
    virtual Result<std::optional<std::string>> mark(const std::string&) {
        return std::optional<std::string>();
    }

    // How an instance is set up for this step (instanceInUse); null when the dossier's plan has none.
    virtual const InstancePlan* instance(std::string_view role, std::string_view name) {
        return run().plan().findInstance(role, name);
    }
    const DocumentRow* document(const std::string& name) { return run().documentNamed(branch(), name); }

    // One operation in a pool; for keys and providers the pool that holds request.instance. Id, key and
    // deadline are filled in.
    virtual Task<CallOutcome> call(PoolKind pool, const CallRequest& request, bool isReplayable) = 0;
    // A document's bytes for a call. Opened once per dossier.
    virtual Task<Result<CallInput>> open(const DocumentRow& document) = 0;
    // Keeps an artifact of a call in the spool; `base` is the document it was appended to, if it was.
    virtual Task<Result<NewDocument>> keep(const CallArtifact& artifact, const DocumentRow* base,
                                           const std::string& name) = 0;
    // Runs `work` on the disk thread.
    virtual Task<Status> onDisk(const std::function<Status()>& work) = 0;
    // Makes the rows that are pending durable now (a token that cost money, an intent).
    virtual Task<Status> commitNow() = 0;
    virtual SyncPoint& syncPoint() = 0;
    // Whether what was written before the mark is on disk, once that is known: a group of commits from now.
    // After an error the bytes must be written again, by another attempt.
    virtual Task<Status> reachesDisk(SyncPoint::Mark mark) = 0;
    // Of the engine, shared by all dossiers.
    virtual AuthorityHealth& authorities() = 0;
};

class StepAction {
public:
    virtual ~StepAction() = default;

    virtual std::string_view name() const = 0;
    virtual EffectClass effectClass() const = 0;
    // Whether the frozen params must be in the journal before the step begins, though it is not a Once
    // effect: a seal's signing time must be the same when the seal is made again.
    virtual bool journalsParams() const { return effectClass() == EffectClass::Once; }
    // Whether it only looks at what came in: technical trouble then means quarantine, not held.
    virtual bool isExamination() const { return false; }
    // Adds what varies (times, ids) to the options, in which functions have been replaced by their results.
    // Called once; a step taken up again gets the journaled result.
    virtual Json freeze(const DossierRun& run, const StepPlan& step, Json options, std::int64_t nowMs) const;
    virtual Task<StepEnd> run(StepContext& context) const = 0;
    // Whether a step that an operator said to have happened, with these facts, has still something to do:
    // then it runs once more, else the dossier goes on behind it.
    virtual bool followsConfirmed(const Json&) const { return false; }
    // A Once effect whose intent was found after a crash.
    virtual Task<StepEnd> reconcile(StepContext& context) const;
};

// The kinds that come with Greffe; nullptr for an unknown name.
const StepAction* findStepAction(std::string_view name);

// Steps that an intake puts before every pipeline ("@manifest"); they stand in no plan, and what they record
// as documents counts as received. Null for every other id.
const StepPlan* builtInStep(std::string_view id);

// A step of the pipeline, or a built-in one.
const StepPlan* findStep(const PipelinePlan& pipeline, const std::string& id);

}  // namespace greffe
