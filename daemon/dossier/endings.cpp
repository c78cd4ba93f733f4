// SPDX-License-Identifier: Apache-2.0
#include "dossier/endings.h"

#include "base/bytes_text.h"
#include "base/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr const char* kEndingKey = "ending:";

constexpr Ending kEndings[] = {
    {DossierState::Done, Place::Done, "done", "nobody"},
    {DossierState::Rejected, Place::Rejected, "rejected", "the sender drops it again"},
    {DossierState::Quarantined, Place::Quarantine, "quarantined", "an operator: release, drop"},
    {DossierState::Held, std::nullopt, "held", "an operator: retry, cancel"},
    {DossierState::Uncertain, std::nullopt, "uncertain", "an operator: it happened, it did not"},
    {DossierState::Refused, Place::Rejected, "refused", "as the pipeline says"},
    {DossierState::Expired, Place::Rejected, "expired", "as the pipeline says"},
    {DossierState::Cancelled, Place::Rejected, "cancelled", "nobody"},
    {DossierState::Destroyed, std::nullopt, "destroyed", "nobody"},
};

}  // namespace

std::span<const Ending> endings() {
    return kEndings;
}

const Ending* endingOf(DossierState state) {
    const auto* found = std::find_if(std::begin(kEndings), std::end(kEndings),
                                     [&](const Ending& ending) { return ending.state == state; });
    return found == std::end(kEndings) ? nullptr : found;
}

DossierState stateForRejection(Reason reason, bool isAtIntake) {
    switch (describe(reason).cls) {
        case ReasonClass::Sender: return DossierState::Rejected;
        case ReasonClass::Person:
            return reason == Reason::Expired     ? DossierState::Expired
                   : reason == Reason::Cancelled ? DossierState::Cancelled
                                                 : DossierState::Refused;
        case ReasonClass::None:
        case ReasonClass::Technical:
        case ReasonClass::Transient: break;
    }
    return isAtIntake ? DossierState::Quarantined : DossierState::Held;
}

std::string endingKey(DossierState state) {
    return kEndingKey + std::string(stateName(state));
}

std::optional<DossierState> decidedEnding(const BranchRow& branch) {
    if (branch.waitKey.rfind(kEndingKey, 0) != 0) return std::nullopt;
    const std::string_view decided =
        std::string_view(branch.waitKey).substr(std::string_view(kEndingKey).size());
    for (const Ending& ending : kEndings)
        if (stateName(ending.state) == decided) return ending.state;
    return std::nullopt;
}

void setReason(DossierRow& dossier, Reason reason, const std::string& explanation) {
    dossier.reason = reason == Reason::None ? "" : std::string(reasonCode(reason));
    dossier.explanation = clipUtf8(explanation, kMaxExplanationBytes);
}

AuditRow dossierAudit(const DossierRow& dossier, DossierState state, std::int64_t atMs) {
    AuditRow row;
    row.atMs = atMs;
    row.actor = "engine";
    row.action = fmt::format("dossier {}", stateName(state));
    row.dossier = dossier.id;
    row.detailJson = dumpJson({{"reason", dossier.reason}, {"explanation", dossier.explanation}});
    return row;
}

}  // namespace greffe
