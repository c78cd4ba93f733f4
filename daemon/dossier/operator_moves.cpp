// SPDX-License-Identifier: Apache-2.0
#include "dossier/operator_moves.h"

#include "base/bytes_text.h"
#include "dossier/dossier_state.h"
#include "intake/admission.h"

#include <greffe/reason.h>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace greffe {
namespace {

constexpr std::size_t kMaxReasonBytes = 2'000;

Error notNow(const DossierRows& rows, std::string_view wish, std::string advice) {
    return makeError(
        Errc::Invalid,
        fmt::format("dossier {} is {}: {}", rows.dossier.id, stateName(rows.dossier.state), wish),
        std::move(advice));
}

OperatorMove begin(const DossierRows& rows, const OperatorWord& word, std::string action, Json detail) {
    OperatorMove move;
    move.dossier = rows.dossier;
    move.dossier.updatedMs = word.nowMs;
    detail["reason"] = clipUtf8(word.reason, kMaxReasonBytes);
    detail["from"] = stateName(rows.dossier.state);
    move.audit.atMs = word.nowMs;
    move.audit.actor = word.actor;
    move.audit.action = std::move(action);
    move.audit.dossier = rows.dossier.id;
    move.audit.detailJson = dumpJson(detail);
    return move;
}

// The dossier's state once `move`'s branches stand beside those that stay as they are.
void computeState(OperatorMove& move, const DossierRows& rows) {
    std::vector<DossierState> states;
    for (const BranchRow& row : rows.branches) {
        const auto changed = std::find_if(move.branches.begin(), move.branches.end(),
                                          [&](const BranchRow& branch) { return branch.path == row.path; });
        states.push_back(changed == move.branches.end() ? row.state : changed->state);
    }
    if (!states.empty()) move.dossier.state = stateOf(states);
}

void forgetTrouble(DossierRow& dossier) {
    dossier.reason.clear();
    dossier.explanation.clear();
}

// An effect of which nobody knows whether it happened.
struct Doubt {
    std::string branch, step;
    std::string name() const { return branch.empty() ? step : branch + ":" + step; }
};

const EffectRow* lastEffect(const DossierRows& rows, const Doubt& doubt) {
    const EffectRow* last = nullptr;
    for (const EffectRow& effect : rows.effects)
        if (effect.step == doubt.step && effect.branch == doubt.branch &&
            (last == nullptr || effect.attempt >= last->attempt))
            last = &effect;
    return last;
}

// A branch that stands still before it; of a dossier that has ended, which has no branches, the effect.
std::vector<Doubt> doubtsOf(const DossierRows& rows) {
    std::vector<Doubt> doubts;
    for (const BranchRow& branch : rows.branches)
        if (branch.state == DossierState::Uncertain) doubts.push_back({branch.path, branch.step});
    if (!isFinal(rows.dossier.state)) return doubts;
    for (const EffectRow& effect : rows.effects) {
        const Doubt doubt{effect.branch, effect.step};
        if (effect.state == EffectState::Uncertain && lastEffect(rows, doubt) == &effect)
            doubts.push_back(doubt);
    }
    return doubts;
}

// The one that is meant.
Result<Doubt> oneDoubt(const DossierRows& rows, const std::string& step) {
    std::vector<Doubt> meant;
    std::set<std::string> uncertain;
    for (const Doubt& doubt : doubtsOf(rows)) {
        uncertain.insert(doubt.step);
        if (step.empty() || doubt.step == step || doubt.name() == step) meant.push_back(doubt);
    }
    if (uncertain.empty()) return notNow(rows, "no step of it is uncertain", "");
    if (meant.empty())
        return notNow(rows, fmt::format("step \"{}\" is not uncertain", displayText(step)),
                      fmt::format("uncertain is: {}", fmt::join(uncertain, ", ")));
    if (meant.size() == 1) return meant.front();
    std::set<std::string> steps, names;
    for (const Doubt& doubt : meant) {
        steps.insert(doubt.step);
        names.insert(doubt.name());
    }
    return notNow(rows, "several steps are uncertain",
                  fmt::format("name one: {}", fmt::join(steps.size() == meant.size() ? steps : names, ", ")));
}

// The messages of an effect of which nobody knew whether they left: the operator does.
std::vector<MessageRow> settledMessages(const DossierRows& rows, const EffectRow& effect, bool hasHappened,
                                        const OperatorWord& word) {
    std::set<std::string> ids;
    const Json params = storedJson(effect.paramsJson);
    for (const Json& message : memberOf(params, "messages"))
        ids.insert(textOf(message, "message_id"));
    std::vector<MessageRow> settled;
    for (MessageRow row : rows.messages) {
        if (ids.count(row.id) == 0 || row.state != "uncertain") continue;
        Json answers = storedJson(row.answersJson);
        answers.push_back({{"phase", hasHappened ? "confirmed" : "denied"},
                           {"by", word.actor},
                           {"text", clipUtf8(word.reason, kMaxReasonBytes)},
                           {"at_unix_ms", word.nowMs}});
        row.answersJson = dumpJson(answers);
        row.state = hasHappened ? "confirmed" : "denied";
        row.updatedMs = word.nowMs;
        settled.push_back(std::move(row));
    }
    return settled;
}

}  // namespace

std::string confirmedKey(const std::string& step) {
    return "confirmed:" + step;
}

Status OperatorMove::write(StoreTransaction& tx) const {
    for (const EffectRow& row : effects)
        GREFFE_TRY(tx.putEffect(row));
    for (const TaskRow& row : tasks)
        GREFFE_TRY(tx.putTask(row));
    for (const MessageRow& row : messages)
        GREFFE_TRY(tx.putMessage(row));
    for (const BranchRow& row : branches)
        GREFFE_TRY(tx.putBranch(row));
    for (const std::string& path : goneBranches)
        GREFFE_TRY(tx.deleteBranch(dossier.id, path));
    GREFFE_TRY(tx.updateDossier(dossier));
    AuditRow row = audit;
    return tx.appendAudit(row);
}

Result<OperatorMove> retryDossier(const DossierRows& rows, const OperatorWord& word) {
    Json steps = Json::array();
    for (const BranchRow& branch : rows.branches)
        if (canMove(branch.state, BranchEvent::Resume)) steps.push_back(branch.step);
    if (steps.empty())
        return notNow(rows, "there is nothing to try again",
                      rows.dossier.state == DossierState::Uncertain
                          ? "say what happened: greffe dossier resolve"
                          : "greffe dossier explain says what it waits for");
    OperatorMove move = begin(rows, word, "dossier retried", {{"steps", steps}});
    for (BranchRow branch : rows.branches) {
        if (!canMove(branch.state, BranchEvent::Resume)) continue;
        branch.state = moved(branch.state, BranchEvent::Resume);
        branch.attempt = branch.crashes = 0;
        branch.dueMs = 0;
        move.branches.push_back(std::move(branch));
    }
    computeState(move, rows);
    if (move.dossier.state == DossierState::Ready) forgetTrouble(move.dossier);
    return move;
}

Result<OperatorMove> resolveDossier(const DossierRows& rows, bool hasHappened, const std::string& step,
                                    const Json& facts, const OperatorWord& word) {
    const bool hasEnded = isFinal(rows.dossier.state);
    GREFFE_TRY_ASSIGN(const Doubt doubt, oneDoubt(rows, step));
    Json detail = {{"step", doubt.step}};
    if (!doubt.branch.empty()) detail["branch"] = doubt.branch;
    OperatorMove move = begin(rows, word, hasHappened ? "effect confirmed" : "effect denied", detail);
    if (const EffectRow* last = lastEffect(rows, doubt)) {
        EffectRow effect = *last;
        effect.state = hasHappened ? EffectState::Done : EffectState::Failed;
        effect.explanation = fmt::format("{}: {}", word.actor, clipUtf8(word.reason, kMaxReasonBytes));
        if (hasHappened) {
            if (!hasEnded) effect.reason.clear();  // of an ended one the receipt says that it was in doubt
            if (facts.is_object()) effect.factsJson = dumpJson(facts);
        }
        if (effect.endedMs == 0) effect.endedMs = word.nowMs;
        if (hasHappened || hasEnded) move.messages = settledMessages(rows, effect, hasHappened, word);
        move.effects.push_back(std::move(effect));
    }
    if (hasEnded) {
        // Its receipt is written anew. What is done has its results in out/ and left nothing in doubt.
        move.dossier.isDelivered = move.dossier.isDelivered && rows.dossier.state == DossierState::Done;
        return move;
    }
    BranchRow branch = *std::find_if(rows.branches.begin(), rows.branches.end(), [&](const BranchRow& row) {
        return row.path == doubt.branch && row.state == DossierState::Uncertain;
    });
    branch.state = moved(branch.state, hasHappened ? BranchEvent::ConfirmDone : BranchEvent::ConfirmNot);
    branch.waitKey = hasHappened ? confirmedKey(branch.step) : "";
    branch.attempt = branch.crashes = 0;
    branch.dueMs = 0;
    move.branches.push_back(std::move(branch));
    computeState(move, rows);
    if (move.dossier.state == DossierState::Ready) forgetTrouble(move.dossier);
    return move;
}

Result<OperatorMove> cancelDossier(const DossierRows& rows, const OperatorWord& word) {
    const bool isQuarantined = rows.dossier.state == DossierState::Quarantined;
    if (isFinal(rows.dossier.state) && !isQuarantined) return notNow(rows, "it has ended", "");
    for (const BranchRow& branch : rows.branches)
        if (!canMove(branch.state, BranchEvent::Cancel))
            return notNow(rows, fmt::format("step {} cannot be cancelled", branch.step), "");
    OperatorMove move = begin(rows, word, "dossier cancelled", Json::object());
    for (const BranchRow& branch : rows.branches)
        move.goneBranches.push_back(branch.path);
    for (TaskRow task : rows.openTasks) {
        task.answer = kTaskClosed;
        task.answeredBy = word.actor;
        task.comment = "the dossier is cancelled";
        task.answeredMs = word.nowMs;
        move.tasks.push_back(std::move(task));
    }
    move.dossier.state =
        moved(isQuarantined ? DossierState::Quarantined : DossierState::Ready, BranchEvent::Cancel);
    move.dossier.reason = reasonCode(Reason::Cancelled);
    move.dossier.explanation = clipUtf8(word.reason, kMaxReasonBytes);
    move.dossier.endedMs = word.nowMs;
    move.dossier.isDelivered = false;
    move.mustTakeFileBack = isQuarantined;
    return move;
}

Result<OperatorMove> releaseDossier(const DossierRows& rows, const Plan& plan, const std::string& planId,
                                    const OperatorWord& word) {
    if (rows.dossier.state != DossierState::Quarantined) return notNow(rows, "it is not in quarantine", "");
    const PipelinePlan* pipeline = plan.findPipeline(rows.dossier.pipeline);
    if (pipeline == nullptr || pipeline->steps.empty())
        return notNow(rows,
                      fmt::format("the configuration has no pipeline \"{}\" any more", rows.dossier.pipeline),
                      "configure it again, or cancel the dossier and drop the file elsewhere");
    const bool hasResults =
        std::any_of(rows.documents.begin(), rows.documents.end(),
                    [](const DocumentRow& document) { return !document.producedBy.empty(); });
    if (hasResults)
        return notNow(rows, "its steps made documents already, and the pipeline would make them once more",
                      "cancel it, and drop the file again if it must be done over");
    const std::string step =
        stepAtRelease(rows.documents, !pipeline->rolesOfManifest().empty(), pipeline->steps.front().id);
    if (step.empty()) return notNow(rows, "its file was never taken in", "drop the file again");
    OperatorMove move =
        begin(rows, word, "dossier released", {{"plan", planId}, {"was", rows.dossier.reason}});
    move.dossier.state = moved(DossierState::Quarantined, BranchEvent::Resume);
    move.dossier.plan = planId;
    move.dossier.endedMs = 0;
    move.dossier.isDelivered = false;
    move.dossier.deliveryJson = "{}";
    forgetTrouble(move.dossier);
    BranchRow branch;
    branch.dossier = rows.dossier.id;
    branch.state = move.dossier.state;
    branch.step = step;
    move.branches.push_back(std::move(branch));
    move.mustTakeFileBack = true;
    return move;
}

Result<OperatorMove> answerTask(const DossierRows& rows, const TaskRow& task, const std::string& answer,
                                const OperatorWord& word) {
    if (!task.answer.empty())
        return makeError(Errc::Exists, fmt::format("task {} was answered \"{}\" by {}", task.id, task.answer,
                                                   task.answeredBy));
    const Json possible = storedJson(task.answersJson);
    const bool isPossible =
        possible.is_array() && std::find(possible.begin(), possible.end(), Json(answer)) != possible.end();
    if (!isPossible)
        return makeError(Errc::Invalid, fmt::format("task {} cannot be answered \"{}\"", task.id, answer),
                         fmt::format("possible answers: {}", task.answersJson));
    OperatorMove move =
        begin(rows, word, "task answered", {{"task", task.id}, {"step", task.step}, {"answer", answer}});
    TaskRow answered = task;
    answered.answer = answer;
    answered.answeredBy = word.actor;
    answered.comment = clipUtf8(word.reason, kMaxReasonBytes);
    answered.answeredMs = word.nowMs;
    move.tasks.push_back(std::move(answered));
    for (BranchRow branch : rows.branches) {
        // A branch that was on its way to the wait meets the answer there.
        if (branch.path != task.branch || branch.state != DossierState::Waiting) continue;
        branch.state = moved(branch.state, BranchEvent::Wake);
        branch.dueMs = 0;
        move.branches.push_back(std::move(branch));
    }
    computeState(move, rows);
    return move;
}

Result<OperatorMove> wakeDossier(const DossierRows& rows, const std::string& waitKey, const Json& what,
                                 const OperatorWord& word) {
    OperatorMove move = begin(rows, word, "event arrived", what);
    for (BranchRow branch : rows.branches) {
        if (branch.waitKey != waitKey || branch.state != DossierState::Waiting) continue;
        branch.state = moved(branch.state, BranchEvent::Wake);
        branch.dueMs = 0;
        move.branches.push_back(std::move(branch));
    }
    if (move.branches.empty()) return notNow(rows, fmt::format("it does not wait for {}", waitKey), "");
    computeState(move, rows);
    return move;
}

}  // namespace greffe
