// SPDX-License-Identifier: Apache-2.0
// The runner's loop over one dossier: freeze → intent → run → settle → next. What happens around it (loading,
// timers, recovery, drain) is in runner_flow.cpp.
#include "dossier/runner.h"

#include "base/bytes_text.h"
#include "dossier/dossier_state.h"
#include "dossier/runner_active.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr std::size_t kMaxExplanationBytes = 2'000;

AuditRow auditRow(const DossierRun& run, std::int64_t atMs, std::string action, Json detail) {
    AuditRow row;
    row.atMs = atMs;
    row.actor = "engine";
    row.action = std::move(action);
    row.dossier = run.id();
    row.detailJson = dumpJson(detail);
    return row;
}

void move(DossierRun& run, BranchEvent event) {
    run.branch.state = moved(run.branch.state, event);
    run.dossier.state = stateOf({run.branch.state});
}

BranchEvent eventFor(DossierState state) {
    switch (state) {
        case DossierState::Rejected: return BranchEvent::Reject;
        case DossierState::Refused: return BranchEvent::Refuse;
        case DossierState::Expired: return BranchEvent::Expire;
        case DossierState::Cancelled: return BranchEvent::Cancel;
        default: return BranchEvent::GiveUp;
    }
}

}  // namespace

Task<> Runner::runDossier(Active& active) {
    DossierRun& run = *active.run;
    while (run.branch.state == DossierState::Ready && !isDraining_) {
        const StepPlan* step = findStep(run.pipeline(), run.branch.step);
        if (step == nullptr) {
            const std::string why = fmt::format("the plan has no step \"{}\"", run.branch.step);
            co_await finish(active, DossierState::Held, Reason::ConfigurationError, why);
            break;
        }
        const bool isDone = co_await runStep(active, *step);
        if (!isDone) break;
        const StepPlan* next = stepAfter(run.pipeline().steps, step->id);
        if (next == nullptr) {
            const std::string nothing;
            co_await finish(active, DossierState::Done, Reason::None, nothing);
            break;
        }
        run.branch.step = next->id;
        run.branch.attempt = run.branch.crashes = 0;
        move(run, BranchEvent::StepDone);
    }
    if (isFinal(run.dossier.state) && !run.dossier.isDelivered) co_await deliver(run);
    // Gone after this turn: the coroutine cannot destroy itself.
    services_.reactor.post([this, id = run.id()] { retire(id); });
}

Task<Result<Json>> Runner::freezeParams(Active& active, const StepPlan& step, const StepAction& kind) {
    DossierRun& run = *active.run;
    if (const EffectRow* intent = run.openIntent(step.id)) co_return parseJson(intent->paramsJson);
    auto options = parseJson(step.optionsJson);
    if (!options) co_return options.error();
    co_return kind.freeze(run, step, std::move(*options), toUnixMs(services_.clock.wall()));
}

// Runs one step. True when it is done and the next may follow; otherwise the branch has been moved and
// committed.
Task<bool> Runner::runStep(Active& active, const StepPlan& step) {
    DossierRun& run = *active.run;
    const StepAction* kind = findStepAction(step.kind);
    if (kind == nullptr) {
        const std::string why = fmt::format("no step kind \"{}\"", step.kind);
        co_await finish(active, DossierState::Held, Reason::PluginMissing, why);
        co_return false;
    }
    auto params = co_await freezeParams(active, step, *kind);
    if (!params) {
        const std::string why = params.error().text();
        co_await finish(active, DossierState::Held, Reason::ConfigurationError, why);
        co_return false;
    }
    const EffectRow* interrupted = run.openIntent(step.id);
    const bool mustReconcile = interrupted != nullptr && kind->effectClass() == EffectClass::Once;
    EffectRow effect;
    if (interrupted != nullptr) {
        effect = *interrupted;
    } else {
        effect.dossier = run.id();
        effect.step = step.id;
        effect.attempt = run.attemptsOf(step.id) + 1;
        effect.branch = run.branch.path;
        effect.key = effectKey(run.id(), step.id, effect.item);
        effect.paramsJson = dumpJson(*params);
        effect.startedMs = toUnixMs(services_.clock.wall());
        run.effects.push_back(effect);
    }
    ++run.branch.fence;
    move(run, BranchEvent::Start);
    if (kind->journalsParams() && interrupted == nullptr) {
        run.pending.effects.push_back(effect);
        const Status committed = co_await commit(run);
        if (!committed) co_return false;  // the journal is broken: the process is about to end
    }
    Context context(*this, active, step, std::move(*params), effect);
    // Not as one conditional expression: GCC 12 destroys the temporaries of both arms.
    StepEnd end;
    if (mustReconcile) {
        end = co_await kind->reconcile(context);
    } else {
        end = co_await kind->run(context);
    }
    ++status_.stepResults[fmt::format("{}/{}", step.kind, static_cast<int>(end.verdict))];
    if (end.verdict != Verdict::Done && step.onError == OnError::Continue &&
        end.verdict == Verdict::Rejected) {
        end.facts = {{"error", reasonCode(end.reason)}, {"explanation", end.explanation}};
        end.verdict = Verdict::Done;
    }
    const bool isDone = end.verdict == Verdict::Done;
    if (isDone && !kind->isExamination()) run.hasLeftIntake = true;
    co_await settle(active, step, effect, end);
    co_return isDone;
}

// Writes down how a step ended, and moves the branch unless the step is done (the caller then knows what
// follows).
Task<> Runner::settle(Active& active, const StepPlan& step, EffectRow& effect, StepEnd& end) {
    DossierRun& run = *active.run;
    const std::int64_t nowMs = toUnixMs(services_.clock.wall());
    effect.endedMs = nowMs;
    effect.factsJson = dumpJson(end.facts);
    effect.reason = end.reason == Reason::None ? "" : std::string(reasonCode(end.reason));
    effect.explanation = clipUtf8(end.explanation, kMaxExplanationBytes);
    effect.state = end.verdict == Verdict::Done        ? EffectState::Done
                   : end.verdict == Verdict::Uncertain ? EffectState::Uncertain
                                                       : EffectState::Failed;
    for (EffectRow& held : run.effects)
        if (held.step == effect.step && held.attempt == effect.attempt) held = effect;
    run.pending.effects.push_back(effect);
    if (end.verdict == Verdict::Done) {
        for (NewDocument& made : end.documents) {
            DocumentRow document;
            document.id = services_.ids.next();
            document.dossier = run.id();
            document.slot = made.slot;
            document.name = made.name;
            document.mediaType = made.mediaType;
            document.blob = made.blobs.back().sha256;
            document.sizeBytes = made.blobs.back().sizeBytes;
            document.derivedFrom = made.derivedFrom;
            if (builtInStep(step.id) == nullptr) document.producedBy = step.id;
            document.createdMs = nowMs;
            for (const BlobRow& blob : made.blobs) {
                run.addBlob(blob);
                run.pending.blobs.push_back(blob);
            }
            run.pending.documents.push_back(document);
            run.documents.push_back(std::move(document));
        }
        run.pending.audits.push_back(
            auditRow(run, nowMs, "step done", {{"step", step.id}, {"kind", step.kind}}));
        co_return;
    }
    services_.log("step failed", {{"dossier", run.id()},
                                  {"step", step.id},
                                  {"attempt", effect.attempt},
                                  {"reason", effect.reason},
                                  {"explanation", effect.explanation}});
    if (end.hasCrashed) ++run.branch.crashes;
    if (run.branch.crashes >= options_.crashesBeforeHeld) {
        const bool isAtIntake = !run.hasLeftIntake && findStepAction(step.kind)->isExamination();
        const DossierState state = isAtIntake ? DossierState::Quarantined : DossierState::Held;
        const std::string why =
            fmt::format("{} workers died on this step; the last: {}", run.branch.crashes, end.explanation);
        co_await finish(active, state, end.reason, why);
        co_return;
    }
    switch (end.verdict) {
        case Verdict::RetryLater: {
            ++run.branch.attempt;
            if (!end.hasCrashed && run.branch.attempt >= static_cast<std::int32_t>(step.retry.attempts)) {
                const std::string why =
                    fmt::format("{} attempts; the last: {}", run.branch.attempt, end.explanation);
                co_await finish(active, DossierState::Held, Reason::AttemptsUsedUp, why);
                co_return;
            }
            RetryPolicy policy = step.retry;
            if (end.hasCrashed) policy.firstDelaySeconds = 1;
            const auto delay =
                delays_.next(policy, run.branch.attempt, std::chrono::seconds(end.delaySeconds));
            run.branch.dueMs = nowMs + delay.count();
            move(run, BranchEvent::Retry);
            break;
        }
        case Verdict::Waiting:
            run.branch.waitKey = end.waitKey;
            run.branch.dueMs = end.dueMs;
            move(run, BranchEvent::Wait);
            break;
        case Verdict::Uncertain:
            run.dossier.reason = reasonCode(Reason::OutcomeUnknown);
            run.dossier.explanation = effect.explanation;
            move(run, BranchEvent::BecomeUnknown);
            break;
        default: {
            const bool isAtIntake = !run.hasLeftIntake && findStepAction(step.kind)->isExamination();
            DossierState state = stateForRejection(end.reason, isAtIntake);
            if (state == DossierState::Held && step.onError == OnError::Reject)
                state = DossierState::Rejected;
            co_await finish(active, state, end.reason, end.explanation);
            co_return;
        }
    }
    static_cast<void>(co_await commit(run));
}

Task<> Runner::finish(Active& active, DossierState state, Reason reason, const std::string& explanation) {
    DossierRun& run = *active.run;
    const std::int64_t nowMs = toUnixMs(services_.clock.wall());
    if (state == DossierState::Done) {
        move(run, BranchEvent::LastStepDone);
    } else if (state == DossierState::Quarantined) {
        run.branch.state = run.dossier.state =
            state;  // an ending of its own beside GiveUp: the file was never ours to hold
    } else {
        move(run, eventFor(state));
    }
    run.dossier.reason = reason == Reason::None ? "" : std::string(reasonCode(reason));
    run.dossier.explanation = clipUtf8(explanation, kMaxExplanationBytes);
    if (isFinal(run.dossier.state)) {
        run.dossier.endedMs = nowMs;
        run.branch.step.clear();
        ++status_.finished;
    }
    run.pending.audits.push_back(
        auditRow(run, nowMs, fmt::format("dossier {}", stateName(run.dossier.state)),
                 {{"reason", run.dossier.reason}, {"explanation", run.dossier.explanation}}));
    const Status committed = co_await commit(run);
    if (committed && !isFinal(run.dossier.state)) writeLiveReceipt(run.id());
}

Task<Status> Runner::commit(DossierRun& run) {
    auto rows = std::make_shared<PendingRows>(std::exchange(run.pending, {}));
    run.dossier.updatedMs = toUnixMs(services_.clock.wall());
    StoreWork work = [rows, dossier = run.dossier, branch = run.branch](StoreTransaction& tx) -> Status {
        GREFFE_TRY(rows->write(tx));
        GREFFE_TRY(tx.updateDossier(dossier));
        return isFinal(dossier.state) ? tx.deleteBranch(branch.dossier, branch.path) : tx.putBranch(branch);
    };
    Awaited<Status> committed([&](Awaited<Status>::Resolve resolve) {
        services_.journal.submit(work, [this, resolve](Status status) {
            services_.reactor.post([resolve, status = std::move(status)] { resolve(status); });
        });
    });
    Status status = co_await committed;
    if (!status)
        services_.log("commit failed", {{"dossier", run.id()},
                                        {"error", status.error().text()},
                                        {"action", "the dossier stays as it was"}});
    co_return status;
}

DeliveryJob Runner::deliveryJob(DossierRun& run) {
    DeliveryJob job;
    job.dossier = run.dossier;
    job.documents = run.documents;
    job.keptAs = run.keptAs;
    job.keptUntil = run.keptUntil;
    job.currentStep = run.branch.step;
    for (const DocumentRow& document : resultsOf(run.documents))
        if (const BlobRow* blob = run.blob(document.blob)) job.blobs.emplace(document.blob, *blob);
    return job;
}

Task<> Runner::deliver(DossierRun& run) {
    auto job = std::make_shared<DeliveryJob>(deliveryJob(run));
    Awaited<Result<std::string>> delivered([&](Awaited<Result<std::string>>::Resolve resolve) {
        services_.disk.post([this, job, resolve] {
            auto names = services_.delivery.deliver(*job);
            services_.reactor.post([resolve, names = std::move(names)] { resolve(names); });
        });
    });
    auto names = co_await delivered;
    if (!names) {
        services_.log("delivery failed",
                      {{"dossier", run.id()}, {"error", names.error().text()}, {"action", "tried again"}});
        hasUndelivered_ = true;
        co_return;
    }
    run.dossier.deliveryJson = *names;
    run.dossier.isDelivered = true;
    static_cast<void>(co_await commit(run));
}

}  // namespace greffe
