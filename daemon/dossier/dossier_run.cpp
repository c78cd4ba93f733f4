// SPDX-License-Identifier: Apache-2.0
#include "dossier/dossier_run.h"

#include "base/bytes_text.h"
#include "base/invariant.h"
#include "dossier/pipeline_walk.h"
#include "dossier/step_action.h"

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kOpenAtOnce = 2;  // what came in, and its newest version

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
    for (const auto& [name, detail] : marks)
        GREFFE_TRY(tx.setMark(name, detail));
    for (AuditRow row : audits)
        GREFFE_TRY(tx.appendAudit(row));
    return {};
}

DossierRun::DossierRun(std::shared_ptr<const Plan> plan, const PipelinePlan& pipeline, DossierRow dossierRow,
                       std::vector<BranchRow> branchRows, std::vector<DocumentRow> documentRows,
                       const std::vector<BlobRow>& blobs, std::vector<EffectRow> effectRows)
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
    return visibleFrom({}, slot);
}

// Seen from the item `ours`. What was received comes before what a step made under the same name, what was
// made near before what was made far away.
const DocumentRow* DossierRun::visibleFrom(const std::string& ours, std::string_view slot) const {
    const DocumentRow* found = nullptr;
    std::size_t nearest = 0;
    for (const DocumentRow& document : documents) {
        if (document.slot != slot || isOfAnotherItem(document.item, ours)) continue;
        const bool isReceived = document.producedBy.empty();
        const std::size_t nearness = isReceived                      ? std::string::npos
                                     : isAround(document.item, ours) ? document.item.size() + 1
                                                                     : 0;
        if (found != nullptr && !isReceived && nearness <= nearest) continue;
        found = &document;
        nearest = nearness;
    }
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
    // From the innermost item outwards: an inner `each` does not hide the outer one's.
    std::string path = branchPath;
    for (Json thing = item(path); thing.is_object(); thing = item(path)) {
        if (textOf(thing, "as") == name) {
            const std::string id = textOf(memberOf(thing, "value"), "id");
            const auto found = std::find_if(documents.begin(), documents.end(),
                                            [&](const DocumentRow& row) { return row.id == id; });
            return newestVersion(found == documents.end() ? nullptr : &*found);
        }
        path = itemOrigin(path).branch;
    }
    return visibleFrom(itemOf(branchPath), name);
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

void DossierRun::indexEffects() const {
    for (; indexed_ < effects.size(); ++indexed_) {
        const EffectRow& effect = effects[indexed_];
        byPlace_[effect.branch + "\n" + effect.step].push_back(indexed_);
        byItem_[itemOf(effect.branch)].push_back(indexed_);
    }
}

const std::vector<std::size_t>& DossierRun::effectsAt(const std::string& branchPath,
                                                      const std::string& step) const {
    static const std::vector<std::size_t> kNone;
    indexEffects();
    const auto found = byPlace_.find(branchPath + "\n" + step);
    return found == byPlace_.end() ? kNone : found->second;
}

void DossierRun::record(const EffectRow& effect) {
    for (const std::size_t at : effectsAt(effect.branch, effect.step))
        if (effects[at].attempt == effect.attempt) {
            effects[at] = effect;
            return;
        }
    effects.push_back(effect);
}

const EffectRow* DossierRun::openIntent(const std::string& branchPath, const std::string& step) const {
    for (const std::size_t at : effectsAt(branchPath, step))
        if (effects[at].state == EffectState::Intent) return &effects[at];
    return nullptr;
}

std::int32_t DossierRun::attemptsOf(const std::string& branchPath, const std::string& step) const {
    std::int32_t attempts = 0;
    for (const std::size_t at : effectsAt(branchPath, step))
        attempts = std::max(attempts, effects[at].attempt);
    return attempts;
}

const CallInput* DossierRun::openDocument(const std::string& documentId) const {
    const auto found = std::find_if(openDocuments_.begin(), openDocuments_.end(),
                                    [&](const auto& open) { return open.first == documentId; });
    return found == openDocuments_.end() ? nullptr : &found->second;
}

void DossierRun::keepOpen(const std::string& documentId, CallInput input) {
    if (openDocuments_.size() == kOpenAtOnce) openDocuments_.pop_front();
    openDocuments_.emplace_back(documentId, std::move(input));
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
    const auto [known, isNew] = itemLists_.try_emplace(static_cast<std::size_t>(opened - effects.data()));
    Json& params = known->second;
    if (isNew) params = storedJson(opened->paramsJson);
    const Json& items = memberOf(params, "items");
    if (!items.is_array() || number > items.size()) return nullptr;
    return {{"as", textOf(params, "as")},
            {"number", number},
            {"value", items[number - 1]},
            {"path", itemOf(branchPath)}};
}

// What happened in items that `ours` is not in, but not in the other items of an `each` that `ours` is an
// item of: those go the same way beside it, at their own pace.
std::vector<std::size_t> DossierRun::effectsOutside(const std::string& ours) const {
    std::vector<std::size_t> found;
    const auto add = [&](Places::const_iterator from, Places::const_iterator to) {
        for (; from != to; ++from)
            found.insert(found.end(), from->second.begin(), from->second.end());
    };
    // Level by level: below "", below "all[3]", below "all[3]/inner[1]" …
    for (std::size_t level = 0;;) {
        const std::string below = level == 0 ? "" : ours.substr(0, level) + "/";
        const auto begin = byItem_.upper_bound(below);
        const auto end = below.empty() ? byItem_.end() : byItem_.lower_bound(ours.substr(0, level) + "0");
        const std::size_t bracket = ours.find('[', level);
        if (bracket == std::string::npos) {
            add(begin, end);
            break;
        }
        const std::string siblings = ours.substr(0, bracket);
        add(begin, byItem_.lower_bound(siblings + "["));
        add(byItem_.lower_bound(siblings + "\\"), end);
        level = ours.find(']', bracket) + 1;
    }
    std::sort(found.begin(), found.end());
    return found;
}

Json DossierRun::view(const std::string& branchPath) const {
    indexEffects();
    const std::string ours = itemOf(branchPath);
    Json facts = Json::object();
    for (const std::size_t at : effectsOutside(ours)) {
        const EffectRow& effect = effects[at];
        if (effect.state != EffectState::Done) continue;
        Json& list = facts[effect.step];
        if (!list.is_array()) list = Json::array();
        list.push_back(storedJson(effect.factsJson));
    }
    // Of the items that it is in, and outside of all.
    for (std::size_t level = 0;; level = ours.find(']', level) + 1) {
        if (const auto known = byItem_.find(ours.substr(0, level)); known != byItem_.end())
            for (const std::size_t at : known->second)
                if (effects[at].state == EffectState::Done)
                    facts[effects[at].step] = storedJson(effects[at].factsJson);
        if (level == ours.size()) break;
    }
    Json slots = Json::object();
    for (const DocumentRow& document : documents) {
        if (isOfAnotherItem(document.item, ours)) continue;
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
