// SPDX-License-Identifier: Apache-2.0
// What one commit writes, and what becomes of a dossier whose rows the journal refuses while it takes those
// of all others. What memory says of it is then not true any more: nothing more is done from there. It leaves
// memory, and is taken up again from the journal, as after a crash; the third time in a row it waits for an
// operator.
#include "dossier/dossier_state.h"
#include "dossier/endings.h"
#include "dossier/runner.h"
#include "dossier/runner_active.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::chrono::milliseconds kFirstPause{250}, kLongestPause{60'000};

}  // namespace

// Everything that happened to the dossier since the last commit, on all its branches.
Task<Status> Runner::commit(DossierRun& run, std::vector<SyncPoint::Mark> marks) {
    // A branch beside the one whose rows were refused: without those, its own would be half of what happened.
    if (run.isAstray)
        co_return makeError(Errc::Io, "the journal refused what happened to this dossier before");
    const bool hasMarks = !marks.empty();
    auto rows = std::make_shared<PendingRows>(std::exchange(run.pending, {}));
    std::vector<BranchRow> moved;
    std::vector<std::string> ended;
    for (const std::string& path : rows->branches) {
        const auto found = run.branches.find(path);
        if (found == run.branches.end()) {
            ended.push_back(path);
        } else {
            moved.push_back(found->second);
        }
    }
    if (!isFinal(run.dossier.state)) {
        std::vector<DossierState> states;
        for (const auto& [path, branch] : run.branches)
            states.push_back(branch.state);
        run.dossier.state = stateOf(states);
    }
    run.dossier.updatedMs = toUnixMs(services_.clock.wall());
    StoreWork work = [rows, dossier = run.dossier, moved = std::move(moved), ended = std::move(ended),
                      marks = std::move(marks),
                      &syncPoint = services_.syncPoint](StoreTransaction& tx) -> Status {
        for (const SyncPoint::Mark& mark : marks)
            GREFFE_TRY(syncPoint.check(mark));
        GREFFE_TRY(rows->write(tx));
        GREFFE_TRY(tx.updateDossier(dossier));
        for (const BranchRow& branch : moved)
            GREFFE_TRY(tx.putBranch(branch));
        for (const std::string& path : ended)
            GREFFE_TRY(tx.deleteBranch(dossier.id, path));
        return {};
    };
    Awaited<Status> committed([&](const Awaited<Status>::Resolve& resolve) {
        services_.journal.submit(work, [&reactor = services_.reactor, resolve](Status status) {
            reactor.post([resolve, status = std::move(status)] { resolve(status); });
        });
    });
    Status status = co_await committed;
    if (status) co_return status;
    // A file system that did not take what was delivered is the delivery's affair: no row was at fault.
    run.isAstray = !hasMarks;
    services_.log("commit failed", {{"dossier", run.id()},
                                    {"error", status.error().text()},
                                    {"action", hasMarks ? "what was delivered is written again"
                                                        : "the dossier is read again from the journal"}});
    if (run.isAstray) refused_[run.id()].why = status.error().text();
    co_return status;
}

// Out of memory, and out of what can run, until the journal says again where it stands.
void Runner::setAside(const std::string& id) {
    Refused& refused = refused_[id];
    const auto pause = std::min(kLongestPause, kFirstPause * (1 << std::min(refused.times * 2, 8)));
    ++refused.times;
    refused.isAside = true;
    refused.timer = services_.timers.callAfter(pause, [this, id] { takeUpAgain(id); });
}

void Runner::takeUpAgain(const std::string& id) {
    Refused& refused = refused_.at(id);
    refused.timer = 0;
    auto dossier = reader_->dossier(id);
    auto branches = reader_->branches(id);
    if (!dossier || !branches || !*dossier) return setAside(id);
    const bool isToHold = refused.times >= options_.crashesBeforeHeld;
    const std::int64_t nowMs = toUnixMs(services_.clock.wall());
    std::vector<DossierState> states;
    bool isHeld = false;
    for (BranchRow& branch : *branches) {
        const BranchEvent event = isToHold ? BranchEvent::GiveUp : BranchEvent::Interrupted;
        // It was woken in memory, and the journal never heard of it.
        if (isToHold && branch.dueMs != 0 && branch.dueMs <= nowMs &&
            canMove(branch.state, BranchEvent::Wake))
            branch.state = moved(branch.state, BranchEvent::Wake);
        // A decided ending stays decided, with its reason.
        if (canMove(branch.state, event) && (!isToHold || !decidedEnding(branch))) {
            branch.state = moved(branch.state, event);
            isHeld = isToHold;
        }
        states.push_back(branch.state);
    }
    DossierRow row = **dossier;
    std::optional<AuditRow> audit;
    if (!isFinal(row.state)) {
        row.state = stateOf(states);
        row.updatedMs = nowMs;
        if (isHeld) {
            setReason(row, Reason::StorageError, "the journal refuses its rows: " + refused.why);
            audit = dossierAudit(row, row.state, row.updatedMs);
        }
    }
    refused.isBeingWritten = true;
    services_.journal.submit(
        [row, branches = std::move(*branches), audit](StoreTransaction& tx) -> Status {
            for (const BranchRow& branch : branches)
                GREFFE_TRY(tx.putBranch(branch));
            GREFFE_TRY(tx.updateDossier(row));
            if (!audit) return {};
            AuditRow held = *audit;
            return tx.appendAudit(held);
        },
        [this, id, isHeld](const Status& status) {
            services_.reactor.post(
                [this, id, isHeld, isWritten = status.ok()] { takenUpAgain(id, isWritten, isHeld); });
        });
}

void Runner::takenUpAgain(const std::string& id, bool isWritten, bool isHeld) {
    Refused& refused = refused_.at(id);
    refused.isBeingWritten = false;
    if (isDraining_) return tellWhenStopped();
    if (!isWritten) return setAside(id);
    if (isHeld) {
        refused_.erase(id);  // an operator's now
        tell({id});
    } else {
        refused.isAside = false;  // the next refusal counts on from here, unless it goes to rest before
    }
    if (isWanted(id)) return lend(id);
    wake();
}

bool Runner::isAside(const std::string& id) const {
    const auto found = refused_.find(id);
    return found != refused_.end() && found->second.isAside;
}

}  // namespace greffe
