// SPDX-License-Identifier: Apache-2.0
#include "control/restored_journal.h"

#include "base/clock.h"
#include "base/json.h"
#include "control/operation.h"
#include "dossier/dossier_state.h"
#include "dossier/endings.h"
#include "dossier/pipeline_walk.h"
#include "dossier/step_action.h"

#include <greffe/reason.h>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace greffe {
namespace {

constexpr const char* kMark = "restored";
constexpr const char* kActor = "engine";
constexpr std::size_t kDossiersAtOnce = 500;
// Those that are held already first: what is held on the way is not met again.
constexpr DossierState kLive[] = {DossierState::Held,    DossierState::Uncertain, DossierState::Ready,
                                  DossierState::Running, DossierState::RetryWait, DossierState::Waiting};

void addOnce(const StepPlan& step, std::set<std::string>& found) {
    if (step.effect == EffectClass::Once) found.insert(step.id);
    for (const StepBranch& branch : step.branches)
        for (const StepPlan& inner : branch.steps)
            addOnce(inner, found);
}

// The `once` steps from `step` on to the end of its branch, those on every way that it may go.
void addOnceFrom(const PipelinePlan& pipeline, const StepPlan* step, std::set<std::string>& found) {
    for (; step != nullptr; step = nextStep(pipeline, step->id))
        addOnce(*step, found);
}

const BranchRow* findBranch(const DossierRows& rows, const std::string& path) {
    const auto found = std::find_if(rows.branches.begin(), rows.branches.end(),
                                    [&](const BranchRow& row) { return row.path == path; });
    return found == rows.branches.end() ? nullptr : &*found;
}

bool isDone(const DossierRows& rows, const std::string& step, const std::string& item) {
    return std::any_of(rows.effects.begin(), rows.effects.end(), [&](const EffectRow& effect) {
        return effect.step == step && effect.state == EffectState::Done &&
               (effect.item.empty() || effect.item == item);
    });
}

// What of `once` this branch, or one that waits for it, has before it.
std::set<std::string> onceAhead(const DossierRows& rows, const BranchRow& leaf,
                                const PipelinePlan& pipeline) {
    std::set<std::string> found;
    addOnceFrom(pipeline, findStep(pipeline, leaf.step), found);
    for (std::string path = leaf.path; !path.empty();) {
        path = parentPath(path);
        // Behind the step that opened the branch: what is inside is its branches' own.
        const BranchRow* around = findBranch(rows, path);
        if (around != nullptr) addOnceFrom(pipeline, nextStep(pipeline, around->step), found);
    }
    for (auto step = found.begin(); step != found.end();)
        step = isDone(rows, *step, itemOf(leaf.path)) ? found.erase(step) : std::next(step);
    return found;
}

// A branch that opened others waits for them: holding those holds it, too.
bool hasBranches(const DossierRows& rows, const BranchRow& branch) {
    return std::any_of(rows.branches.begin(), rows.branches.end(), [&](const BranchRow& other) {
        return isOpenedBy(other.path, branch.path, branch.step);
    });
}

std::string explain(const std::set<std::string>& steps, const RestoredMark& mark) {
    const std::string what =
        steps.empty() ? std::string("its plan cannot be read, so it is not known what")
                      : fmt::format("its step{} {}", steps.size() == 1 ? "" : "s", fmt::join(steps, ", "));
    return fmt::format(
        "the journal is that of a backup made on {}: {} may have been done after it. Look outside whether it "
        "was "
        "(the mail server's log, the recipient, the provider's account), then let it go on (greffe dossier "
        "retry: "
        "what is sent is recorded as a possible duplicate) or end it (greffe dossier cancel)",
        formatUtc(fromUnixMs(mark.madeAtMs)), what);
}

std::int32_t lastAttempt(const std::vector<EffectRow>& effects, const BranchRow& branch,
                         const std::string& step) {
    std::int32_t last = 0;
    for (const EffectRow& effect : effects)
        if (effect.step == step && effect.branch == branch.path) last = std::max(last, effect.attempt);
    return last;
}

// An attempt that nobody knows the end of. Failed, not Uncertain: it is the step's own attempt that follows.
EffectRow unknownAttempt(const DossierRows& rows, const BranchRow& branch, const std::string& step,
                         const RestoredMark& mark, const std::string& explanation) {
    EffectRow effect;
    effect.dossier = rows.dossier.id;
    effect.step = step;
    effect.item = itemOf(branch.path);
    effect.branch = branch.path;
    effect.attempt = lastAttempt(rows.effects, branch, step) + 1;
    effect.state = EffectState::Failed;
    effect.key = effectKey(rows.dossier.id, step, effect.item);
    effect.paramsJson = "{}";
    effect.reason = reasonCode(Reason::Restored);
    effect.explanation = explanation;
    effect.startedMs = effect.endedMs = mark.restoredAtMs;
    return effect;
}

bool isSettled(const DossierRows& rows, const RestoredMark& mark) {
    return std::any_of(rows.effects.begin(), rows.effects.end(), [&](const EffectRow& effect) {
        return effect.reason == reasonCode(Reason::Restored) && effect.startedMs == mark.restoredAtMs;
    });
}

AuditRow houseAudit(std::string action, const Json& detail, std::int64_t nowMs) {
    AuditRow row;
    row.atMs = nowMs;
    row.actor = kActor;
    row.action = std::move(action);
    row.detailJson = dumpJson(detail);
    return row;
}

}  // namespace

Status markRestored(Store& store, const RestoredMark& mark) {
    const Json detail = {{"made_at_ms", mark.madeAtMs}, {"restored_at_ms", mark.restoredAtMs}};
    GREFFE_TRY_ASSIGN(std::vector<Status> written, store.commit({[&](StoreTransaction& tx) -> Status {
        GREFFE_TRY(tx.setMark(kMark, dumpJson(detail)));
        AuditRow audit = houseAudit("journal restored", detail, mark.restoredAtMs);
        return tx.appendAudit(audit);
    }}));
    return std::move(written.front());
}

Result<std::optional<RestoredMark>> restoredMark(StoreReader& reader) {
    GREFFE_TRY_ASSIGN(const auto text, reader.mark(kMark));
    if (!text) return std::optional<RestoredMark>();
    GREFFE_TRY_ASSIGN(const Json detail, parseJson(*text));
    return std::optional(RestoredMark{numberOf(detail, "made_at_ms"), numberOf(detail, "restored_at_ms")});
}

std::optional<OperatorMove> heldAfterRestore(const DossierRows& rows, const PipelinePlan* pipeline,
                                             const RestoredMark& mark, std::int64_t nowMs) {
    if (isFinal(rows.dossier.state) || isSettled(rows, mark)) return std::nullopt;
    // Its end is decided: no step of it runs any more, and its reason is the decision's.
    if (std::any_of(rows.branches.begin(), rows.branches.end(),
                    [](const BranchRow& branch) { return decidedEnding(branch).has_value(); }))
        return std::nullopt;
    OperatorMove move;
    move.dossier = rows.dossier;
    std::set<std::string> steps;
    std::vector<std::pair<const BranchRow*, std::set<std::string>>> leaves;
    for (const BranchRow& branch : rows.branches) {
        if (hasBranches(rows, branch)) continue;
        std::set<std::string> ahead;
        if (pipeline != nullptr) ahead = onceAhead(rows, branch, *pipeline);
        if (pipeline != nullptr && ahead.empty()) continue;
        steps.insert(ahead.begin(), ahead.end());
        leaves.emplace_back(&branch, std::move(ahead));
    }
    if (leaves.empty()) return std::nullopt;
    const std::string explanation = explain(steps, mark);
    bool isMoved = false;
    for (const auto& [branch, ahead] : leaves) {
        for (const std::string& step : ahead)
            move.effects.push_back(unknownAttempt(rows, *branch, step, mark, explanation));
        if (!canMove(branch->state, BranchEvent::Restored)) continue;  // it waits for an operator already
        BranchRow held = *branch;
        held.state = moved(held.state, BranchEvent::Restored);
        move.branches.push_back(std::move(held));
        isMoved = true;
    }
    if (isMoved) {
        move.dossier.state = DossierState::Held;
        move.dossier.reason = reasonCode(Reason::Restored);
        move.dossier.explanation = explanation;
    } else if (move.effects.empty()) {
        return std::nullopt;
    } else {
        move.dossier.explanation += move.dossier.explanation.empty() ? explanation : "; " + explanation;
    }
    move.dossier.updatedMs = nowMs;
    move.audit = houseAudit("dossier held",
                            {{"reason", reasonCode(Reason::Restored)},
                             {"from", stateName(rows.dossier.state)},
                             {"steps", steps},
                             {"backup_made_at", formatUtc(fromUnixMs(mark.madeAtMs))}},
                            nowMs);
    move.audit.dossier = rows.dossier.id;
    return move;
}

Result<std::vector<std::string>> settleRestored(Journal& journal, StoreReader& reader,
                                                const PlanOfDossier& planById, const RestoredMark& mark,
                                                std::int64_t nowMs) {
    std::vector<std::string> held;
    const auto write = [&journal](const std::vector<OperatorMove>& moves, const StoreWork& more) {
        return journal.run([&](StoreTransaction& tx) -> Status {
            for (const OperatorMove& move : moves)
                GREFFE_TRY(move.write(tx));
            return more(tx);
        });
    };
    std::vector<OperatorMove> moves;
    for (const DossierState state : kLive) {
        DossierFilter filter;
        filter.state = state;
        filter.limit = kDossiersAtOnce;
        for (;;) {
            GREFFE_TRY_ASSIGN(const std::vector<DossierRow> dossiers, reader.dossiers(filter));
            if (dossiers.empty()) break;
            filter.afterId = dossiers.back().id;
            for (const DossierRow& dossier : dossiers) {
                GREFFE_TRY_ASSIGN(const DossierRows rows, readDossierRows(reader, dossier.id));
                const auto plan = planById(dossier.plan);
                if (!plan && plan.error().code != Errc::NotFound) return plan.error();
                const PipelinePlan* pipeline = plan ? (*plan)->findPipeline(dossier.pipeline) : nullptr;
                auto move = heldAfterRestore(rows, pipeline, mark, nowMs);
                if (!move) continue;
                if (move->dossier.state == DossierState::Held) held.push_back(dossier.id);
                moves.push_back(std::move(*move));
            }
            if (moves.size() < kDossiersAtOnce) continue;
            GREFFE_TRY(write(moves, [](StoreTransaction&) { return Status(); }));
            moves.clear();
        }
    }
    GREFFE_TRY(write(moves, [&](StoreTransaction& tx) -> Status {
        GREFFE_TRY(tx.removeMark(kMark));
        AuditRow audit = houseAudit("restored journal settled", {{"held", held.size()}}, nowMs);
        return tx.appendAudit(audit);
    }));
    return held;
}

}  // namespace greffe
