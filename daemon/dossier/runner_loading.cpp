// SPDX-License-Identifier: Apache-2.0
// From rows to memory: what the last process left behind, dossiers that come back, and those that cannot.
#include "base/bytes_text.h"
#include "dossier/dossier_state.h"
#include "dossier/endings.h"
#include "dossier/runner.h"
#include "dossier/runner_active.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::size_t kRecoverAtOnce = 1'000;

}  // namespace

// Branches that were running when the process died. Their intent is in the journal: a pure or idempotent step
// runs again with the same params; a once step is asked about first (runStep sees the open intent).
Status Runner::recoverInterrupted() {
    for (;;) {
        GREFFE_TRY_ASSIGN(const std::vector<BranchRow> branches, reader_->interrupted(kRecoverAtOnce));
        if (branches.empty()) return {};
        GREFFE_TRY(moveAtStart(branches, BranchEvent::Interrupted));
    }
}

// Whoever sent an event was told that it is taken; waking those who wait for it came after, and perhaps
// never. One that waits for another event of the same name goes waiting again.
Status Runner::wakeAwaited() {
    GREFFE_TRY_ASSIGN(const std::vector<BranchRow> branches, reader_->waitingForKnownEvents());
    for (std::size_t from = 0; from < branches.size(); from += kRecoverAtOnce) {
        const auto first = branches.begin() + static_cast<std::ptrdiff_t>(from);
        const auto last =
            branches.begin() + static_cast<std::ptrdiff_t>(std::min(branches.size(), from + kRecoverAtOnce));
        GREFFE_TRY(moveAtStart({first, last}, BranchEvent::Wake));
    }
    return {};
}

Status Runner::moveAtStart(const std::vector<BranchRow>& branches, BranchEvent event) {
    return services_.journal.run([&](StoreTransaction& tx) -> Status {
        std::map<std::string, std::map<std::string, DossierState>> states;  // by dossier and path
        for (BranchRow branch : branches) {
            branch.state = moved(branch.state, event);
            GREFFE_TRY(tx.putBranch(branch));
            states[branch.dossier][branch.path] = branch.state;
        }
        for (auto& [id, ofBranches] : states) {
            GREFFE_TRY_ASSIGN(auto dossier, tx.dossier(id));
            if (!dossier) continue;
            GREFFE_TRY_ASSIGN(const std::vector<BranchRow> all, reader_->branches(id));
            std::vector<DossierState> together;
            for (const BranchRow& branch : all) {
                const auto changed = ofBranches.find(branch.path);
                together.push_back(changed != ofBranches.end() ? changed->second : branch.state);
            }
            dossier->state = stateOf(together);
            GREFFE_TRY(tx.updateDossier(*dossier));
        }
        return {};
    });
}

Result<std::shared_ptr<DossierRun>> Runner::load(const std::string& dossierId) {
    GREFFE_TRY_ASSIGN(auto dossier, reader_->dossier(dossierId));
    if (!dossier)
        return makeError(Errc::NotFound, fmt::format("dossier {} is not in the journal", dossierId));
    GREFFE_TRY_ASSIGN(std::vector<BranchRow> branches, reader_->branches(dossierId));
    const std::int64_t nowMs = toUnixMs(services_.clock.wall());
    for (BranchRow& row : branches)
        if (row.dueMs != 0 && row.dueMs <= nowMs && canMove(row.state, BranchEvent::Wake))
            row.state = moved(row.state, BranchEvent::Wake);
    const auto plan = services_.plan(dossier->plan);
    if (!plan && plan.error().code != Errc::NotFound) return plan.error();
    const PipelinePlan* pipeline = plan ? (*plan)->findPipeline(dossier->pipeline) : nullptr;
    if (pipeline == nullptr) {
        const std::string why = fmt::format("its plan {} cannot be read, or has no pipeline \"{}\"",
                                            dossier->plan, displayText(dossier->pipeline));
        if (!isFinal(dossier->state)) holdUnreadable(*dossier, std::move(branches), why);
        return makeError(Errc::NotFound, fmt::format("dossier {}: {}", dossierId, why));
    }
    GREFFE_TRY_ASSIGN(std::vector<DocumentRow> documents, reader_->documents(dossierId));
    std::vector<BlobRow> blobs;
    for (const DocumentRow& document : documents) {
        GREFFE_TRY_ASSIGN(const auto blob, reader_->blob(document.blob));
        if (blob) blobs.push_back(*blob);
    }
    GREFFE_TRY_ASSIGN(std::vector<EffectRow> effects, reader_->effects(dossierId));
    auto run = std::make_shared<DossierRun>(*plan, *pipeline, std::move(*dossier), std::move(branches),
                                            std::move(documents), blobs, std::move(effects));
    GREFFE_TRY_ASSIGN(run->messages, reader_->messages(dossierId));
    GREFFE_TRY_ASSIGN(run->tasks, reader_->tasks(dossierId, false));
    GREFFE_TRY_ASSIGN(run->events, reader_->inbox(dossierId));
    return run;
}

// Not left ready: it would be loaded again at every turn, and enough of them would keep all others from
// theirs.
void Runner::holdUnreadable(const DossierRow& dossier, std::vector<BranchRow> branches,
                            const std::string& why) {
    const std::string id = dossier.id;
    if (!beingHeld_.insert(id).second) return;
    DossierRow held = dossier;
    std::vector<DossierState> states;
    for (BranchRow& branch : branches) {
        if (canMove(branch.state, BranchEvent::GiveUp))
            branch.state = moved(branch.state, BranchEvent::GiveUp);
        states.push_back(branch.state);
    }
    held.state = stateOf(states);
    setReason(held, Reason::PluginMissing, why);
    held.updatedMs = toUnixMs(services_.clock.wall());
    services_.journal.submit(
        [held, branches = std::move(branches),
         audit = dossierAudit(held, held.state, held.updatedMs)](StoreTransaction& tx) -> Status {
            for (const BranchRow& branch : branches)
                GREFFE_TRY(tx.putBranch(branch));
            GREFFE_TRY(tx.updateDossier(held));
            AuditRow row = audit;
            return tx.appendAudit(row);
        },
        [this, id](const Status&) {
            services_.reactor.post([this, id] {
                beingHeld_.erase(id);
                if (isDraining_) return tellWhenStopped();
                if (beingHeld_.empty()) refill();  // they may have filled the last one
            });
        });
}

}  // namespace greffe
