// SPDX-License-Identifier: Apache-2.0
#include "control/explanation.h"

#include "base/bytes_text.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/tongue.h"
#include "dossier/receipt.h"
#include "store/event_wait.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

std::string at(std::int64_t unixMs) {
    return formatUtc(fromUnixMs(unixMs));
}

// "the service does not answer: connection refused", of the newest try.
std::string troubleOf(const DossierRows& rows, const BranchRow* branch, Tongue say) {
    std::string code = rows.dossier.reason;
    std::string detail = rows.dossier.explanation;
    if (branch != nullptr && code.empty()) {
        for (const EffectRow& effect : rows.effects) {
            if (effect.step != branch->step || effect.branch != branch->path || effect.reason.empty())
                continue;
            code = effect.reason;
            detail = effect.explanation;
        }
    }
    const ReasonInfo* info = findReason(code);
    const Reason reason = info != nullptr ? info->reason : Reason::None;
    const bool isPassing = branch != nullptr && branch->state == DossierState::RetryWait;
    const std::string language = say("fr", "en");
    std::string text(isPassing ? reasonCause(reason, language) : reasonSentence(reason, language));
    if (info == nullptr && !code.empty()) text = code;
    if (!detail.empty()) text += say(" : ", ": ") + displayText(detail);
    return text;
}

// Of a request that is out: those who have not signed, as the service said when it was last asked.
std::string missingSigners(const DossierRows& rows, const BranchRow& branch) {
    Json known;
    for (const EffectRow& effect : rows.effects)
        if (effect.step == branch.step && effect.branch == branch.path) known = storedJson(effect.factsJson);
    const Json& sent = memberOf(known, "sent");
    const Json& signers = known.contains("signers") ? known["signers"] : memberOf(sent, "signers");
    std::string names;
    for (const Json& signer : signers)
        if (textOf(signer, "status") != "signed")
            names += (names.empty() ? "" : ", ") + displayText(textOf(signer, "id"));
    return names;
}

std::string waitingText(const DossierRows& rows, const BranchRow& branch,
                        const std::vector<TaskRow>& openTasks, Tongue say) {
    for (const TaskRow& task : openTasks) {
        if (task.step != branch.step || task.branch != branch.path) continue;
        std::vector<std::string> answers;
        const Json possible = storedJson(task.answersJson);
        for (const Json& answer : possible)
            if (answer.is_string()) answers.push_back(displayText(answer.get<std::string>()));
        std::string text = say("{} doit répondre à la tâche {} ({})", "{} must answer task {} ({})",
                               displayText(task.ask), task.id, fmt::join(answers, say(" ou ", " or ")));
        if (task.expiresMs != 0)
            text += say(", au plus tard le {}", ", at the latest on {}", at(task.expiresMs));
        return text;
    }
    std::string text;
    const auto awaited = EventWait::of(branch.waitKey);
    if (const std::string signers = missingSigners(rows, branch); awaited && !signers.empty()) {
        text = say("l'étape {} attend la signature de {} chez {}", "step {} waits for {} to sign at {}",
                   branch.step, signers, displayText(awaited->provider));
    } else if (awaited) {
        text = say("l'étape {} attend des nouvelles de {}", "step {} waits for news from {}", branch.step,
                   displayText(awaited->provider));
    } else {
        text = say("l'étape {} attend", "step {} waits", branch.step);
        if (!branch.waitKey.empty()) text += fmt::format(" ({})", displayText(branch.waitKey));
    }
    if (branch.dueMs != 0)
        text += say(" ; prochaine vérification le {}", "; it is looked at again on {}", at(branch.dueMs));
    return text;
}

std::string liveText(const DossierRows& rows, const BranchRow& branch, Tongue say) {
    switch (branch.state) {
        case DossierState::Running: return say("l'étape {} est en cours", "step {} is running", branch.step);
        case DossierState::RetryWait:
            return say("l'étape {} a échoué ({}) ; nouvel essai, sans intervention, le {}",
                       "step {} failed ({}); it is tried again by itself on {}", branch.step,
                       troubleOf(rows, &branch, say), at(branch.dueMs));
        case DossierState::Waiting: return waitingText(rows, branch, rows.openTasks, say);
        case DossierState::Uncertain:
            return say(
                "nul ne sait si l'étape {} a eu lieu ({}) : un opérateur doit se renseigner et le dire "
                "(greffe dossier resolve)",
                "nobody knows whether step {} happened ({}): an operator must find out and say so "
                "(greffe dossier resolve)",
                branch.step, troubleOf(rows, &branch, say));
        case DossierState::Held:
            // It keeps the plan that it was admitted under, and a step its options with what its functions
            // returned: mending the files helps the next one only.
            if (rows.dossier.reason == reasonCode(Reason::ConfigurationError) ||
                rows.dossier.reason == reasonCode(Reason::InvalidOptions))
                return say(
                    "arrêté à l'étape {} ({}) : ce dossier garde la configuration sous laquelle il a été "
                    "admis ; la corriger, puis l'annuler (greffe dossier cancel) et redéposer le fichier",
                    "stopped at step {} ({}): this dossier keeps the configuration that it was admitted "
                    "under; mend that, then cancel it (greffe dossier cancel) and drop the file again",
                    branch.step, troubleOf(rows, &branch, say));
            return say(
                "arrêté à l'étape {} ({}) : un opérateur doit remédier à la cause, puis relancer "
                "(greffe dossier retry) ou annuler (greffe dossier cancel)",
                "stopped at step {} ({}): an operator must mend the cause, then try again (greffe "
                "dossier retry) or cancel it (greffe dossier cancel)",
                branch.step, troubleOf(rows, &branch, say));
        default:
            return say("l'étape {} commence dès qu'il y a de la place",
                       "step {} begins as soon as there is room", branch.step);
    }
}

std::string stateWord(DossierState state, Tongue say) {
    switch (state) {
        case DossierState::Rejected: return say("rejeté", stateName(state));
        case DossierState::Refused: return say("refusé", stateName(state));
        case DossierState::Expired: return say("expiré", stateName(state));
        case DossierState::Cancelled: return say("annulé", stateName(state));
        case DossierState::Destroyed: return say("détruit", stateName(state));
        default: return std::string(stateName(state));
    }
}

std::string endText(const DossierRows& rows, Tongue say) {
    const std::string when = at(rows.dossier.endedMs);
    switch (rows.dossier.state) {
        case DossierState::Done:
            return say("terminé le {} : rien à faire", "done on {}: nothing is left to do", when);
        case DossierState::Quarantined:
            return say(
                "en quarantaine depuis le {} ({}) : un opérateur doit "
                "libérer le fichier (greffe quarantine "
                "release) ou annuler le dossier (greffe dossier cancel)",
                "in quarantine since {} ({}): an operator must release the "
                "file (greffe quarantine release) or "
                "cancel the dossier (greffe dossier cancel)",
                when, troubleOf(rows, nullptr, say));
        default:
            return say("fini le {}, état {} ({})", "ended on {}, state {} ({})", when,
                       stateWord(rows.dossier.state, say), troubleOf(rows, nullptr, say));
    }
}

}  // namespace

std::string explainDossier(const DossierRows& rows, std::string_view language) {
    const Tongue say{language == "fr"};
    std::string name = displayText(rows.dossier.source.name);
    if (name.empty()) name = rows.dossier.id;
    // The branch that gives the dossier its state is the one to speak of.
    const auto branch = std::find_if(rows.branches.begin(), rows.branches.end(),
                                     [&](const BranchRow& row) { return row.state == rows.dossier.state; });
    std::string text;
    if (isFinal(rows.dossier.state)) {
        text = endText(rows, say);
    } else if (branch != rows.branches.end()) {
        text = liveText(rows, *branch, say);
    } else {
        BranchRow nowhere;
        nowhere.state = rows.dossier.state;
        text = liveText(rows, nowhere, say);
    }
    return fmt::format("{}{}{}.", name, say(" : ", ": "), text);
}

}  // namespace greffe
