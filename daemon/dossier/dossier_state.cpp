// SPDX-License-Identifier: Apache-2.0
#include "dossier/dossier_state.h"

#include "base/invariant.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

using S = DossierState;
using E = BranchEvent;

constexpr Transition kTransitions[] = {
    {S::Ready, E::Start, S::Running, "a worker takes the step"},
    {S::Ready, E::StepDone, S::Ready, "a step that needs no worker, or whose `when` says no"},
    {S::Ready, E::LastStepDone, S::Done, "nothing is left to do"},
    {S::Ready, E::Wait, S::Waiting, "a wait or a task"},
    {S::Ready, E::GiveUp, S::Held, "the plan cannot be read or names a plugin that is gone"},
    {S::Ready, E::Reject, S::Rejected, "refused before any step"},
    {S::Ready, E::Cancel, S::Cancelled, "an operator"},
    {S::Running, E::StepDone, S::Ready, "the next step"},
    {S::Running, E::LastStepDone, S::Done, "all steps are done"},
    {S::Running, E::Retry, S::RetryWait, "with backoff and full jitter"},
    {S::Running, E::Wait, S::Waiting, "accepted elsewhere"},
    {S::Running, E::BecomeUnknown, S::Uncertain, "only a person can tell"},
    {S::Running, E::GiveUp, S::Held, "attempts used up, three crashes, plugin missing"},
    {S::Running, E::Reject, S::Rejected, "it will never work with this input"},
    {S::Running, E::Refuse, S::Refused, "a person, or the pipeline, said no"},
    {S::Running, E::Expire, S::Expired, "nobody acted in time"},
    {S::Running, E::Interrupted, S::Ready, "after a crash: pure and idempotent steps run again"},
    {S::Running, E::Cancel, S::Cancelled, "an operator"},
    {S::RetryWait, E::Wake, S::Ready, "its time has come"},
    {S::RetryWait, E::Cancel, S::Cancelled, "an operator"},
    {S::RetryWait, E::Resume, S::Ready, "an operator does not want to wait"},
    {S::Waiting, E::Wake, S::Ready, "event, poll, timer, person or documents"},
    {S::Waiting, E::StepDone, S::Ready, "the answer ends the step"},
    {S::Waiting, E::LastStepDone, S::Done, "the answer ends the last step"},
    {S::Waiting, E::Refuse, S::Refused, "a person, or the pipeline, said no"},
    {S::Waiting, E::Expire, S::Expired, "nobody acted in time"},
    {S::Waiting, E::Reject, S::Rejected, "the provider refused for good"},
    {S::Waiting, E::Cancel, S::Cancelled, "an operator"},
    {S::Uncertain, E::ConfirmDone, S::Ready, "an operator: it happened; the next step follows"},
    {S::Uncertain, E::ConfirmNot, S::Ready, "an operator: it did not; the step runs again"},
    {S::Uncertain, E::Cancel, S::Cancelled, "an operator"},
    {S::Held, E::Resume, S::Ready, "an operator"},
    {S::Held, E::Cancel, S::Cancelled, "an operator"},
    {S::Quarantined, E::Resume, S::Ready, "an operator releases the file"},
    {S::Quarantined, E::Cancel, S::Cancelled, "an operator drops the file"},
    {S::Done, E::LateDocument, S::Ready, "a document arrived afterwards; earlier proofs stay"},
    {S::Ready, E::Restored, S::Held, "it may have gone further after the backup that it comes from"},
    {S::Running, E::Restored, S::Held, "the same"},
    {S::RetryWait, E::Restored, S::Held, "the same"},
    {S::Waiting, E::Restored, S::Held, "the same: what it waited for may have come"},
};

constexpr std::string_view kEventNames[] = {
    "start",          "step_done",    "last_step_done", "retry",       "wait",          "wake",
    "become_unknown", "give_up",      "reject",         "refuse",      "expire",        "cancel",
    "resume",         "confirm_done", "confirm_not",    "interrupted", "late_document", "restored"};

// From most to least urgent for the person who looks.
constexpr S kAttention[] = {S::Held,      S::Uncertain, S::Quarantined, S::Rejected,  S::Refused,
                            S::Expired,   S::Running,   S::Ready,       S::RetryWait, S::Waiting,
                            S::Cancelled, S::Destroyed, S::Done};

const Transition* find(S from, E event) {
    const auto* found = std::find_if(
        std::begin(kTransitions), std::end(kTransitions),
        [&](const Transition& transition) { return transition.from == from && transition.event == event; });
    return found == std::end(kTransitions) ? nullptr : found;
}

}  // namespace

std::span<const Transition> transitions() {
    return kTransitions;
}

std::string_view eventName(BranchEvent event) {
    return kEventNames[static_cast<std::size_t>(event)];
}

bool canMove(DossierState from, BranchEvent event) {
    return find(from, event) != nullptr;
}

DossierState moved(DossierState from, BranchEvent event) {
    const Transition* transition = find(from, event);
    GREFFE_INVARIANT(transition != nullptr);
    return transition->to;
}

DossierState stateOf(const std::vector<DossierState>& branches) {
    for (const S state : kAttention)
        if (std::find(branches.begin(), branches.end(), state) != branches.end()) return state;
    return S::Done;
}

std::string stateTable() {
    std::string text;
    for (const Transition& row : kTransitions)
        text += fmt::format("{:<12} {:<15} {:<10}  {}\n", stateName(row.from), eventName(row.event),
                            stateName(row.to), row.why);
    return text;
}

}  // namespace greffe
