// SPDX-License-Identifier: Apache-2.0
// The runner's loop over one branch: freeze → intent → run → settle → next. What happens around it (loading,
// timers, recovery, drain) is in runner_flow.cpp, how it ends in runner_endings.cpp.
#include "dossier/runner.h"

#include "base/bytes_text.h"
#include "dossier/dossier_state.h"
#include "dossier/endings.h"
#include "dossier/operator_moves.h"
#include "dossier/pipeline_walk.h"
#include "dossier/runner_active.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::int64_t kPrepareDeadlineMs =
    10'000;  // functions may use 50 ms each; the rest is a busy machine
// Microseconds: a seal is milliseconds, a provider's answer seconds, a large conversion minutes.
const std::vector<std::int64_t> kStepTimes = {5'000,     25'000,     100'000,    500'000,
                                              2'000'000, 10'000'000, 60'000'000, 600'000'000};

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
void addDocuments(DossierRun& run, const StepPlan& step, std::vector<NewDocument>& made, UlidSource& ids,
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
        if (builtInStep(step.id) == nullptr) document.producedBy = step.id;
        document.createdMs = nowMs;
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
    return end.verdict == Verdict::RetryLater && !end.hasCrashed &&
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
bool isAwaited(const BranchRow& branch, const std::vector<InboxRow>& known,
               const std::vector<InboxRow>& now) {
    return branch.waitKey.rfind("event:", 0) == 0 && now.size() > known.size();
}

}  // namespace

// After the dossier's ending was decided only what may have happened is asked about: its answer belongs into
// the journal.
bool Runner::mayWalk(const Line& line) const {
    const DossierRun& run = line.run();
    if (!run.isReady(line.path)) return false;
    if (!line.active.ending) return true;
    const BranchRow& branch = line.branch();
    const StepPlan* step = findStep(run.pipeline(), branch.step);
    const StepAction* kind = step != nullptr ? findStepAction(step->kind) : nullptr;
    const EffectRow* begun = run.openIntent(line.path, branch.step);
    return kind != nullptr && kind->effectClass() == EffectClass::Once && begun != nullptr &&
           begun->endedMs == 0;
}

Task<> Runner::runLine(Line& line) {
    Active& active = line.active;
    DossierRun& run = line.run();
    while (!isDraining_ && !isWanted(run.id()) && mayWalk(line)) {
        const StepPlan* step = findStep(run.pipeline(), line.branch().step);
        if (step == nullptr) {
            const std::string why = fmt::format("the plan has no step \"{}\"", line.branch().step);
            co_await hold(line, Reason::ConfigurationError, why);
            break;
        }
        co_await runStep(line, *step);
    }
    if (active.moving == 1) {
        Status written;
        if (active.ending) {
            written = co_await endDossier(active);
        } else if (isDraining_ || isWanted(run.id())) {
            // Called away between two steps: what was done is written down, so that nobody has to do it
            // again, or to ask whether it happened.
            written = co_await commit(run);
        }
        if (written && isFinal(run.dossier.state) && !run.dossier.isDelivered) co_await deliver(run);
    }
    --active.moving;
    services_.reactor.post([this, id = run.id(), path = line.path] { lineStopped(id, path); });
}

Task<Result<Json>> Runner::askFunctions(Line& line, const StepPlan& step, bool withSources) {
    CallRequest request =
        callRequest("prepare", "", dumpJson(functionCalls(line.run(), line.path, step, withSources)));
    WorkerPool* pool = services_.pool(line.run().plan(), PoolKind::Lua, request.instance);
    if (pool == nullptr) co_return makeError(Errc::NotFound, "there is no lua pool");
    request.id = nextCall_++;
    request.deadlineMs = kPrepareDeadlineMs;
    Awaited<CallOutcome> answered([&](Awaited<CallOutcome>::Resolve resolve) {
        pool->submit(std::move(request), true, std::move(resolve));
    });
    const CallOutcome outcome = co_await answered;
    if (outcome.verdict != Verdict::Done)
        co_return makeError(Errc::Invalid, fmt::format("step \"{}\", {}:{}: its functions: {}", step.id,
                                                       step.file, step.line, outcome.explanation));
    co_return parseJson(outcome.factsJson);
}

// The options with the results of their functions. A step without functions needs no worker.
Task<Result<FrozenOptions>> Runner::freezeOptions(Line& line, const StepPlan& step) {
    Json answer;
    if (!step.functions.empty()) {
        auto said = co_await askFunctions(line, step, false);
        if (said && needsSources(*said)) said = co_await askFunctions(line, step, true);
        if (!said) co_return said.error();
        answer = std::move(*said);
    }
    auto frozen = optionsFrom(step, answer);
    if (frozen && step.isSkipped) frozen->isWanted = false;
    if (const Json item = line.run().item(line.path); frozen && item.is_object())
        frozen->options["@item"] = item;
    co_return frozen;
}

// Runs one step and moves the branch.
Task<> Runner::runStep(Line& line, const StepPlan& step) {
    DossierRun& run = line.run();
    if (line.branch().waitKey == confirmedKey(step.id)) {  // an operator said that it happened
        const std::string nowhere;
        co_await advance(line, step, nowhere);
        co_return;
    }
    const StepAction* kind = findStepAction(step.kind);
    if (kind == nullptr) {
        const std::string why = fmt::format("no step kind \"{}\"", step.kind);
        co_await hold(line, Reason::PluginMissing, why);
        co_return;
    }
    EffectRow effect;
    Json params;
    const EffectRow* begun = run.openIntent(line.path, step.id);
    const bool isTakenUp = begun != nullptr;
    // Waiting for somebody is not a call whose end is unknown.
    const bool mustReconcile = isTakenUp && kind->effectClass() == EffectClass::Once && begun->endedMs == 0;
    if (isTakenUp) {
        effect = *begun;
        params = storedJson(effect.paramsJson);
    } else {
        auto frozen = co_await freezeOptions(line, step);
        if (!frozen) {
            const std::string why = frozen.error().text();
            co_await hold(line, Reason::ConfigurationError, why);
            co_return;
        }
        const std::int64_t nowMs = toUnixMs(services_.clock.wall());
        effect.dossier = run.id();
        effect.step = step.id;
        effect.item = itemOf(line.path);
        effect.attempt = run.attemptsOf(line.path, step.id) + 1;
        effect.branch = line.path;
        effect.key = effectKey(run.id(), step.id, effect.item);
        effect.startedMs = nowMs;
        if (!frozen->isWanted) {
            effect.state = EffectState::Done;
            effect.endedMs = nowMs;
            effect.paramsJson = "{}";
            effect.factsJson = R"({"skipped":true})";
            run.effects.push_back(effect);
            run.pending.effects.push_back(effect);
            const std::string nowhere;
            co_await advance(line, step, nowhere);
            co_return;
        }
        params = kind->freeze(run, step, std::move(frozen->options), nowMs);
        effect.paramsJson = dumpJson(params);
        run.effects.push_back(effect);
    }
    run.move(line.path, BranchEvent::Start);
    if (kind->journalsParams() && !isTakenUp) {
        run.pending.effects.push_back(effect);
        const Status committed = co_await commit(run);
        if (!committed) co_return;  // the journal is broken: the process is about to end
    }
    Context context(*this, line, step, std::move(params), effect);
    // Not as one conditional expression: GCC 12 destroys the temporaries of both arms.
    StepEnd end;
    const SteadyTime began = services_.clock.steady();
    if (mustReconcile) {
        end = co_await kind->reconcile(context);
    } else {
        end = co_await kind->run(context);
    }
    ++status_.stepResults[fmt::format("{}/{}", step.kind, static_cast<int>(end.verdict))];
    status_.stepTimes.try_emplace(step.kind, kStepTimes)
        .first->second.add(
            std::chrono::duration_cast<std::chrono::microseconds>(services_.clock.steady() - began).count());
    co_await settle(line, step, effect, end);
}

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
        addDocuments(run, step, end.documents, services_.ids, nowMs);
        run.pending.audits.push_back(stepDone(run, step, line.path, nowMs));
        co_await advance(line, step, end.way);
        co_return;
    }
    if (end.verdict == Verdict::Waiting) {
        co_await settleWaiting(line, end);
        co_return;
    }
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
    ++branch.attempt;
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
    if (auto events = reader_->inbox(run.id()); events && isAwaited(branch, run.events, *events)) {
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
