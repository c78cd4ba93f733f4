// SPDX-License-Identifier: Apache-2.0
// What becomes of a branch when its step ended: its effect is written down, and it goes on, waits, tries
// again or stops. How it is held and how the dossier ends is in runner_endings.cpp.
#include "base/bytes_text.h"
#include "dossier/dossier_state.h"
#include "dossier/endings.h"
#include "dossier/pipeline_walk.h"
#include "dossier/runner.h"
#include "dossier/runner_active.h"
#include "store/event_wait.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

AuditRow stepDone(const DossierRun& run, const StepPlan& step, const std::string& branch, std::int64_t atMs) {
    Json detail = {{"step", step.id}, {"kind", step.kind}};
    if (!branch.empty()) detail["branch"] = branch;
    AuditRow row;
    row.atMs = atMs;
    row.actor = "engine";
    row.action = "step done";
    row.dossier = run.id();
    row.detailJson = dumpJson(detail);
    return row;
}

EffectState effectStateFor(Verdict verdict) {
    switch (verdict) {
        case Verdict::Done: return EffectState::Done;
        case Verdict::Uncertain: return EffectState::Uncertain;
        case Verdict::Waiting: return EffectState::Intent;  // it goes on with the same params
        default: return EffectState::Failed;
    }
}

// What a step made joins the dossier.
void addDocuments(DossierRun& run, const EffectRow& effect, std::vector<NewDocument>& made, UlidSource& ids,
                  std::int64_t nowMs) {
    for (NewDocument& one : made) {
        DocumentRow document;
        document.id = ids.next();
        document.dossier = run.id();
        document.slot = one.slot;
        document.name = one.name;
        document.mediaType = one.mediaType;
        document.blob = one.blobs.back().sha256;
        document.sizeBytes = one.blobs.back().sizeBytes;
        document.derivedFrom = one.derivedFrom;
        if (builtInStep(effect.step) == nullptr) document.producedBy = effect.step;
        document.createdMs = nowMs;
        document.item = effect.item;
        for (const BlobRow& blob : one.blobs) {
            run.addBlob(blob);
            run.pending.blobs.push_back(blob);
        }
        run.pending.documents.push_back(document);
        run.documents.push_back(std::move(document));
    }
}

// What the receipt says of a failed attempt of this step is over.
void forgetFailure(DossierRun& run, const EffectRow& effect) {
    const bool isOurs = std::any_of(run.effects.begin(), run.effects.end(), [&](const EffectRow& earlier) {
        return earlier.step == effect.step && earlier.branch == effect.branch &&
               earlier.attempt < effect.attempt && !earlier.reason.empty() &&
               earlier.reason == run.dossier.reason && earlier.explanation == run.dossier.explanation;
    });
    if (!isOurs) return;
    run.dossier.reason.clear();
    run.dossier.explanation.clear();
}

// A worker's death is counted apart: three of them hold the dossier, however many attempts are left.
bool isLastAttempt(const BranchRow& branch, const StepPlan& step, const StepEnd& end) {
    return end.verdict == Verdict::RetryLater && !end.hasCrashed && !end.isPostponed &&
           branch.attempt + 1 >= static_cast<std::int32_t>(step.retry.attempts);
}

// on_error = "continue": what went wrong becomes the step's facts, so that a later `when` can ask for
// facts.STEP.error. A person's no is no error.
void goOnIfAllowed(const BranchRow& branch, const StepPlan& step, StepEnd& end) {
    if (step.onError != OnError::Continue) return;
    const bool isRejected =
        end.verdict == Verdict::Rejected && describe(end.reason).cls != ReasonClass::Person;
    if (!isRejected && !isLastAttempt(branch, step, end)) return;
    end.facts = {{"error", reasonCode(end.reason)},
                 {"explanation", end.explanation},
                 {"attempts", branch.attempt + 1}};
    end.verdict = Verdict::Done;
}

// Whether an event that this branch waits for came while it went waiting.
bool isAwaited(const BranchRow& branch, std::size_t known, const std::vector<InboxRow>& now) {
    return EventWait::of(branch.waitKey) && now.size() > known;
}

}  // namespace

// Writes down how a step ended, and moves the branch.
Task<> Runner::settle(Line& line, const StepPlan& step, EffectRow& effect, StepEnd& end) {
    DossierRun& run = line.run();
    const std::int64_t nowMs = toUnixMs(services_.clock.wall());
    goOnIfAllowed(line.branch(), step, end);
    effect.endedMs = nowMs;
    effect.factsJson = dumpJson(end.facts);
    effect.reason = end.reason == Reason::None ? "" : std::string(reasonCode(end.reason));
    effect.explanation = clipUtf8(end.explanation, kMaxExplanationBytes);
    effect.state = effectStateFor(end.verdict);
    run.record(effect);
    run.pending.effects.push_back(effect);
    forgetFailure(run, effect);
    if (end.verdict == Verdict::Done) {
        addDocuments(run, effect, end.documents, services_.ids, nowMs);
        run.pending.audits.push_back(stepDone(run, step, line.path, nowMs));
        co_await advance(line, step, end.way);
        co_return;
    }
    if (end.verdict == Verdict::Waiting) {
        co_await settleWaiting(line, end);
        co_return;
    }
    // What is postponed for days is told less and less often.
    const bool isToTell = !end.isPostponed || (effect.attempt & (effect.attempt - 1)) == 0;
    if (isToTell)
        services_.log("step failed", {{"dossier", run.id()},
                                      {"step", step.id},
                                      {"branch", line.path},
                                      {"attempt", effect.attempt},
                                      {"reason", effect.reason},
                                      {"explanation", effect.explanation}});
    if (end.hasCrashed) ++line.branch().crashes;
    // What may have happened is a person's to say, however many workers died on it: a retry would do it
    // again.
    if (line.branch().crashes >= options_.crashesBeforeHeld && end.verdict != Verdict::Uncertain) {
        end.explanation =
            fmt::format("{} workers died on this step; the last: {}", line.branch().crashes, end.explanation);
        if (!run.hasLeftIntake() && findStepAction(step.kind)->isExamination()) {
            co_await decideEnding(line, DossierState::Quarantined, end.reason, end.explanation);
        } else {
            co_await hold(line, end.reason, end.explanation);
        }
        co_return;
    }
    switch (end.verdict) {
        case Verdict::RetryLater:
            // The receipt says what is waited for, unless another branch has something graver to say.
            if (run.dossier.reason.empty()) {
                run.dossier.reason = effect.reason;
                run.dossier.explanation = effect.explanation;
            }
            co_await settleRetry(line, step, end);
            break;
        case Verdict::Uncertain: {
            if (!line.active.ending) {
                run.dossier.reason = reasonCode(Reason::OutcomeUnknown);
                run.dossier.explanation = effect.explanation;
            }
            run.move(line.path, BranchEvent::BecomeUnknown);
            const Status committed = co_await commit(run);
            if (committed) writeLiveReceipt(run.id());
            break;
        }
        default: co_await settleRejected(line, step, end); break;
    }
}

Task<> Runner::settleRetry(Line& line, const StepPlan& step, StepEnd& end) {
    DossierRun& run = line.run();
    BranchRow& branch = line.branch();
    const bool isLast = isLastAttempt(branch, step, end);
    if (!end.isPostponed) ++branch.attempt;
    if (isLast) {
        const std::string why = fmt::format("{} attempts; the last: {}", branch.attempt, end.explanation);
        if (step.onError == OnError::Reject) {
            co_await decideEnding(line, DossierState::Rejected, Reason::AttemptsUsedUp, why);
        } else {
            co_await hold(line, Reason::AttemptsUsedUp, why);
        }
        co_return;
    }
    noticeClock();  // before a date is made of the new time
    RetryPolicy policy = step.retry;
    if (end.hasCrashed) policy.firstDelaySeconds = 1;
    const auto delay = delays_.next(policy, branch.attempt, std::chrono::seconds(end.delaySeconds));
    branch.dueMs = toUnixMs(services_.clock.wall()) + delay.count();
    run.move(line.path, BranchEvent::Retry);
    const Status committed = co_await commit(run);
    if (committed) writeLiveReceipt(run.id());
}

Task<> Runner::settleWaiting(Line& line, StepEnd& end) {
    DossierRun& run = line.run();
    const std::size_t known = run.events.size();  // when the step looked; other branches look, too
    BranchRow& branch = line.branch();
    branch.waitKey = end.waitKey;
    branch.dueMs = end.dueMs;
    run.move(line.path, BranchEvent::Wait);
    for (const StepEnd::OpenedBranch& opened : end.opened)
        run.openBranch(opened.path, opened.firstStep);
    const Status committed = co_await commit(run);
    if (!committed) co_return;
    for (const StepEnd::OpenedBranch& opened : end.opened)
        startLine(line.active, opened.path);
    if (end.opened.empty()) writeLiveReceipt(run.id());
    // An event that was sent before this commit found no branch that waits, and one that is sent from now on
    // finds it. So look once more.
    if (auto events = reader_->inbox(run.id()); events && isAwaited(branch, known, *events)) {
        run.events = std::move(*events);
        run.move(line.path, BranchEvent::Wake);
    }
}

Task<> Runner::settleRejected(Line& line, const StepPlan& step, StepEnd& end) {
    const bool isAtIntake = !line.run().hasLeftIntake() && findStepAction(step.kind)->isExamination();
    DossierState state = stateForRejection(end.reason, isAtIntake);
    if (state == DossierState::Held && step.onError == OnError::Reject) state = DossierState::Rejected;
    if (state == DossierState::Held) {
        co_await hold(line, end.reason, end.explanation);
    } else {
        co_await decideEnding(line, state, end.reason, end.explanation);
    }
}

// To the next step of the branch, or to its end.
Task<> Runner::advance(Line& line, const StepPlan& step, const std::string& way) {
    DossierRun& run = line.run();
    const StepBranch* inner = way.empty() ? nullptr : findWay(step, way);
    const StepPlan* next =
        inner != nullptr && !inner->steps.empty() ? &inner->steps.front() : nextStep(run.pipeline(), step.id);
    BranchRow& branch = line.branch();
    branch.attempt = branch.crashes = 0;
    branch.dueMs = 0;
    branch.waitKey.clear();
    if (next != nullptr) {
        branch.step = next->id;
        run.move(line.path, BranchEvent::StepDone);
        co_return;
    }
    if (line.path.empty()) {
        const std::string nothing;
        co_await decideEnding(line, DossierState::Done, Reason::None, nothing);
        co_return;
    }
    run.endBranch(line.path);
    const std::string parent = parentPath(line.path);
    const std::string opener = run.branch(parent).step;
    const bool isLast = std::none_of(run.branches.begin(), run.branches.end(), [&](const auto& entry) {
        return isOpenedBy(entry.first, parent, opener);
    });
    if (isLast) run.move(parent, BranchEvent::Wake);
    const Status committed = co_await commit(run);
    if (committed && isLast) startLine(line.active, parent);
}

}  // namespace greffe
