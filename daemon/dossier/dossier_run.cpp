// SPDX-License-Identifier: Apache-2.0
#include "dossier/dossier_run.h"

#include "base/bytes_text.h"
#include "base/invariant.h"
#include "dossier/pipeline_walk.h"
#include "dossier/step_action.h"

#include <algorithm>

namespace greffe {
namespace {

// Whether what happened on a branch with item `theirs` belongs to the way of one with item `ours`.
bool isOnTheWay(const std::string& theirs, const std::string& ours) {
    return theirs.empty() || theirs == ours || ours.compare(0, theirs.size() + 1, theirs + "/") == 0;
}

}  // namespace

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

DossierRun::DossierRun(std::shared_ptr<const Plan> plan, const PipelinePlan& pipeline, DossierRow dossierRow,
                       std::vector<BranchRow> branchRows, std::vector<DocumentRow> documentRows,
                       std::vector<BlobRow> blobs, std::vector<EffectRow> effectRows)
    : dossier(std::move(dossierRow)),
      documents(std::move(documentRows)),
      effects(std::move(effectRows)),
      plan_(std::move(plan)),
      pipeline_(pipeline) {
    for (BranchRow& row : branchRows)
        branches.emplace(row.path, row);
    for (const BlobRow& row : blobs)
        blobs_.emplace(row.sha256, row);
}

const DocumentRow* DossierRun::newest(std::string_view slot) const {
    // What was received comes before what a step made under the same name.
    const DocumentRow* found = nullptr;
    for (const DocumentRow& document : documents)
        if (document.slot == slot && (found == nullptr || document.producedBy.empty())) found = &document;
    return newestVersion(found);
}

const DocumentRow* DossierRun::newestVersion(const DocumentRow* document) const {
    for (bool isNewer = document != nullptr; isNewer;) {
        isNewer = false;
        for (const DocumentRow& other : documents)
            if (other.derivedFrom == document->id) {
                document = &other;
                isNewer = true;
                break;
            }
    }
    return document;
}

const DocumentRow* DossierRun::documentNamed(const std::string& branchPath, std::string_view name) const {
    const Json thing = item(branchPath);
    if (!thing.is_object() || textOf(thing, "as") != name) return newest(name);
    const std::string id = textOf(memberOf(thing, "value"), "id");
    const auto found = std::find_if(documents.begin(), documents.end(),
                                    [&](const DocumentRow& row) { return row.id == id; });
    return newestVersion(found == documents.end() ? nullptr : &*found);
}

const BlobRow* DossierRun::blob(const Digest& sha256) const {
    const auto found = blobs_.find(sha256);
    return found == blobs_.end() ? nullptr : &found->second;
}

void DossierRun::addBlob(const BlobRow& row) {
    blobs_.emplace(row.sha256, row);
}

BranchRow& DossierRun::branch(const std::string& path) {
    const auto found = branches.find(path);
    GREFFE_INVARIANT(found != branches.end());
    return found->second;
}

bool DossierRun::isReady(const std::string& path) const {
    const auto found = branches.find(path);
    return found != branches.end() && found->second.state == DossierState::Ready;
}

void DossierRun::move(const std::string& path, BranchEvent event) {
    BranchRow& row = branch(path);
    row.state = moved(row.state, event);
    pending.branches.insert(path);
}

void DossierRun::openBranch(const std::string& path, const std::string& firstStep) {
    BranchRow row;
    row.dossier = id();
    row.path = path;
    row.state = DossierState::Ready;
    row.step = firstStep;
    branches.emplace(path, std::move(row));
    pending.branches.insert(path);
}

void DossierRun::endBranch(const std::string& path) {
    branches.erase(path);
    pending.branches.insert(path);
}

const EffectRow* DossierRun::openIntent(const std::string& branchPath, const std::string& step) const {
    for (const EffectRow& effect : effects)
        if (effect.step == step && effect.branch == branchPath && effect.state == EffectState::Intent)
            return &effect;
    return nullptr;
}

std::int32_t DossierRun::attemptsOf(const std::string& branchPath, const std::string& step) const {
    std::int32_t attempts = 0;
    for (const EffectRow& effect : effects)
        if (effect.step == step && effect.branch == branchPath) attempts = std::max(attempts, effect.attempt);
    return attempts;
}

bool DossierRun::hasLeftIntake() const {
    return std::any_of(effects.begin(), effects.end(), [&](const EffectRow& effect) {
        const StepPlan* step = findStep(pipeline_, effect.step);
        const StepAction* kind = step != nullptr ? findStepAction(step->kind) : nullptr;
        if (kind == nullptr || kind->isExamination()) return false;
        if (kind->effectClass() == EffectClass::Once) return true;  // it may have happened
        return effect.state == EffectState::Done && !boolOf(storedJson(effect.factsJson), "skipped");
    });
}

Json DossierRun::item(const std::string& branchPath) const {
    const std::size_t number = itemNumber(branchPath);
    if (number == 0) return nullptr;
    const ItemOrigin origin = itemOrigin(branchPath);
    const EffectRow* opened = openIntent(origin.branch, origin.step);
    if (opened == nullptr) return nullptr;
    const Json params = storedJson(opened->paramsJson);
    const Json& items = memberOf(params, "items");
    if (!items.is_array() || number > items.size()) return nullptr;
    return {{"as", textOf(params, "as")},
            {"number", number},
            {"value", items[number - 1]},
            {"path", itemOf(branchPath)}};
}

Json DossierRun::view(const std::string& branchPath) const {
    const std::string ours = itemOf(branchPath);
    Json facts = Json::object();
    for (const EffectRow& effect : effects) {
        if (effect.state != EffectState::Done) continue;
        Json said = storedJson(effect.factsJson);
        if (isOnTheWay(itemOf(effect.branch), ours)) {
            facts[effect.step] = std::move(said);
        } else {
            if (!facts[effect.step].is_array()) facts[effect.step] = Json::array();
            facts[effect.step].push_back(std::move(said));
        }
    }
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
    Json thing = item(branchPath);
    return {{"id", dossier.id},
            {"item", thing.is_object() ? std::move(thing["value"]) : Json()},
            {"type", dossier.type},
            {"pipeline", dossier.pipeline},
            {"created_unix", dossier.createdMs / 1000},
            {"data", storedJson(dossier.dataJson)},
            {"parties", storedJson(dossier.partiesJson)},
            {"facts", std::move(facts)},
            {"documents", std::move(slots)}};
}

std::string effectKey(const std::string& dossier, const std::string& step, const std::string& item) {
    return toHex(sha256(dossier + "\n" + step + "\n" + item));
}

}  // namespace greffe
