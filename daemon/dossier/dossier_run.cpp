// SPDX-License-Identifier: Apache-2.0
#include "dossier/dossier_run.h"

#include "base/bytes_text.h"
#include "intake/admission.h"

#include <algorithm>

namespace greffe {

Status PendingRows::write(StoreTransaction& tx) const {
    for (const BlobRow& row : blobs)
        GREFFE_TRY(tx.insertBlob(row));
    for (const DocumentRow& row : documents)
        GREFFE_TRY(tx.insertDocument(row));
    for (const EffectRow& row : effects)
        GREFFE_TRY(tx.putEffect(row));
    for (const MessageRow& row : messages)
        GREFFE_TRY(tx.putMessage(row));
    for (const TaskRow& row : tasks)
        GREFFE_TRY(tx.putTask(row));
    for (AuditRow row : audits)
        GREFFE_TRY(tx.appendAudit(row));
    return {};
}

DossierRun::DossierRun(std::shared_ptr<const Plan> plan, const PipelinePlan& pipeline,
                       DossierRow dossierRow, BranchRow branchRow, std::vector<DocumentRow> documentRows,
                       std::vector<BlobRow> blobs, std::vector<EffectRow> effectRows)
    : dossier(std::move(dossierRow)),
      branch(std::move(branchRow)),
      documents(std::move(documentRows)),
      effects(std::move(effectRows)),
      plan_(std::move(plan)),
      pipeline_(pipeline) {
    for (const BlobRow& row : blobs)
        blobs_.emplace(row.sha256, row);
    // A dossier that is loaded again between its archive step and its delivery still owes the receipt this.
    for (const EffectRow& effect : effects) {
        const StepPlan* step = effect.state == EffectState::Done ? pipeline_.findStep(effect.step) : nullptr;
        if (step == nullptr || step->kind != "archive") continue;
        const Json facts = Json::parse(effect.factsJson, nullptr, false);
        keptAs = textOf(facts, "locator");
        keptUntil = textOf(facts, "retention_until");
    }
}

const DocumentRow* DossierRun::newest(std::string_view slot) const {
    const DocumentRow* found = nullptr;
    if (slot == kDocumentSlot) {
        // The received document, then whatever was derived from it, one version after the other.
        for (const DocumentRow& document : documents)
            if (document.slot == slot && document.producedBy.empty()) found = &document;
        for (bool moved = found != nullptr; moved;) {
            moved = false;
            for (const DocumentRow& document : documents)
                if (document.derivedFrom == found->id) {
                    found = &document;
                    moved = true;
                    break;
                }
        }
        return found;
    }
    for (const DocumentRow& document : documents)
        if (document.slot == slot) found = &document;
    return found;
}

const BlobRow* DossierRun::blob(const Digest& sha256) const {
    const auto found = blobs_.find(sha256);
    return found == blobs_.end() ? nullptr : &found->second;
}

void DossierRun::addBlob(const BlobRow& row) {
    blobs_.emplace(row.sha256, row);
}

const EffectRow* DossierRun::openIntent(const std::string& step) const {
    for (const EffectRow& effect : effects)
        if (effect.step == step && effect.state == EffectState::Intent) return &effect;
    return nullptr;
}

std::int32_t DossierRun::attemptsOf(const std::string& step) const {
    std::int32_t attempts = 0;
    for (const EffectRow& effect : effects)
        if (effect.step == step) attempts = std::max(attempts, effect.attempt);
    return attempts;
}

Json DossierRun::view() const {
    Json facts = Json::object();
    for (const EffectRow& effect : effects)
        if (effect.state == EffectState::Done)
            facts[effect.step] = Json::parse(effect.factsJson, nullptr, false);
    Json slots = Json::object();
    for (const DocumentRow& document : documents) {
        Json entry = {{"id", document.id},
                      {"media_type", document.mediaType},
                      {"size_bytes", document.sizeBytes},
                      {"sha256", toHex(document.blob)},
                      {"produced_by", document.producedBy}};
        entry["name"] = displayText(document.name);
        slots[document.slot] = std::move(entry);
    }
    return {{"id", dossier.id},
            {"type", dossier.type},
            {"pipeline", dossier.pipeline},
            {"created_unix", dossier.createdMs / 1000},
            {"data", Json::parse(dossier.dataJson, nullptr, false)},
            {"parties", Json::parse(dossier.partiesJson, nullptr, false)},
            {"facts", std::move(facts)},
            {"documents", std::move(slots)}};
}

std::string effectKey(const std::string& dossier, const std::string& step, const std::string& item) {
    return toHex(sha256(dossier + "\n" + step + "\n" + item));
}

}  // namespace greffe
