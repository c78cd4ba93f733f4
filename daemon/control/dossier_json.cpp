// SPDX-License-Identifier: Apache-2.0
#include "control/dossier_json.h"

#include "base/bytes_text.h"

namespace greffe {
namespace {

// JSON columns are ours, but a journal may be old or damaged: shown as text then.
Json columnJson(const std::string& text) {
    Json parsed = storedJson(text);
    return parsed.is_discarded() ? Json(displayText(text)) : parsed;
}

}  // namespace

Json dossierJson(const DossierRow& row) {
    Json json = {{"id", row.id},
                 {"space", row.space},
                 {"type", row.type},
                 {"pipeline", row.pipeline},
                 {"plan", row.plan},
                 {"state", stateName(row.state)},
                 {"reason", row.reason},
                 {"explanation", row.explanation},
                 {"intake", row.source.intake},
                 {"is_delivered", row.isDelivered},
                 {"priority", row.priority},
                 {"created_ms", row.createdMs},
                 {"updated_ms", row.updatedMs},
                 {"ended_ms", row.endedMs}};
    putBytes(json, "name", row.source.name);
    if (!row.source.directory.empty()) putBytes(json, "directory", row.source.directory);
    return json;
}

Json branchJson(const BranchRow& row) {
    return {{"path", row.path},        {"state", stateName(row.state)}, {"step", row.step},
            {"attempt", row.attempt},  {"crashes", row.crashes},        {"due_ms", row.dueMs},
            {"waits_for", row.waitKey}};
}

Json effectJson(const EffectRow& row) {
    return {{"step", row.step},
            {"item", row.item},
            {"attempt", row.attempt},
            {"branch", row.branch},
            {"state", effectStateName(row.state)},
            {"key", row.key},
            {"facts", columnJson(row.factsJson)},
            {"reason", row.reason},
            {"explanation", row.explanation},
            {"started_ms", row.startedMs},
            {"ended_ms", row.endedMs}};
}

Json documentJson(const DocumentRow& row) {
    Json json = {{"id", row.id},
                 {"slot", row.slot},
                 {"media_type", row.mediaType},
                 {"sha256", toHex(row.blob)},
                 {"size_bytes", row.sizeBytes},
                 {"derived_from", row.derivedFrom},
                 {"produced_by", row.producedBy},
                 {"created_ms", row.createdMs}};
    putBytes(json, "name", row.name);
    return json;
}

Json taskJson(const TaskRow& row) {
    return {{"id", row.id},
            {"dossier", row.dossier},
            {"step", row.step},
            {"branch", row.branch},
            {"ask", row.ask},
            {"answers", columnJson(row.answersJson)},
            {"answer", row.answer},
            {"answered_by", row.answeredBy},
            {"comment", row.comment},
            {"created_ms", row.createdMs},
            {"expires_ms", row.expiresMs},
            {"answered_ms", row.answeredMs}};
}

Json messageJson(const MessageRow& row) {
    return {{"id", row.id},
            {"step", row.step},
            {"via", row.via},
            {"recipient", row.recipient},
            {"subject", row.subject},
            {"state", row.state},
            {"created_ms", row.createdMs},
            {"updated_ms", row.updatedMs}};
}

Json auditJson(const AuditRow& row) {
    return {{"seq", row.seq},       {"at_ms", row.atMs},      {"actor", row.actor},
            {"action", row.action}, {"dossier", row.dossier}, {"detail", columnJson(row.detailJson)}};
}

std::optional<DossierState> stateNamed(std::string_view name) {
    for (int number = static_cast<int>(DossierState::Ready);
         number <= static_cast<int>(DossierState::Quarantined); ++number)
        if (stateName(static_cast<DossierState>(number)) == name) return static_cast<DossierState>(number);
    return std::nullopt;
}

}  // namespace greffe
