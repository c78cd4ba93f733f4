// SPDX-License-Identifier: Apache-2.0
// What surrounds the runner's loop: where dossiers come from, when they run, how they leave memory.
#include "base/bytes_text.h"
#include "base/invariant.h"
#include "dossier/dossier_state.h"
#include "dossier/endings.h"
#include "dossier/runner.h"
#include "dossier/runner_active.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace greffe {
namespace {

constexpr auto kLookAgainAfter = std::chrono::seconds(5);

}  // namespace

Runner::Runner(RunnerServices services, Options options)
    : services_(std::move(services)),
      options_(options),
      delays_(std::random_device{}()),
      clockWatch_(services_.clock),
      authorities_(services_.clock) {}

Runner::~Runner() {
    services_.timers.cancel(timer_);
    for (auto& [id, active] : active_)
        services_.timers.cancel(active->liveTimer);
    for (auto& [id, refused] : refused_)
        services_.timers.cancel(refused.timer);
}

Status Runner::start() {
    GREFFE_TRY_ASSIGN(reader_, services_.store.openReader());
    GREFFE_TRY(recoverInterrupted());
    GREFFE_TRY(wakeAwaited());
    refill();
    return {};
}

void Runner::admitted(AdmittedDossier admitted) {
    // Its rows were committed before this was posted: somebody's wake() may have found them already, and it
    // may have gone on, and out of memory again, while the intake copied the files that came with it.
    if (active_.count(admitted.dossier.id) != 0) return;
    if (isAside(admitted.dossier.id) || !isAsAdmitted(admitted)) return wake();
    const bool isOver = isFinal(admitted.dossier.state);
    if (isDraining_ || isWanted(admitted.dossier.id) || active_.size() >= options_.maxActive) {
        (isOver ? hasUndelivered_ : hasBacklog_) = true;
        return;
    }
    const auto plan = services_.plan(admitted.dossier.plan);
    const PipelinePlan* pipeline = plan ? (*plan)->findPipeline(admitted.dossier.pipeline) : nullptr;
    if (pipeline == nullptr) return wake();  // the loading path says what is wrong with it
    std::vector<BranchRow> branches;
    if (!isOver) branches.push_back(std::move(admitted.branch));
    activate(std::make_shared<DossierRun>(*plan, *pipeline, std::move(admitted.dossier), std::move(branches),
                                          std::move(admitted.documents), admitted.blobs,
                                          std::vector<EffectRow>()));
}

// Whether the journal says of it still what its intake does.
bool Runner::isAsAdmitted(const AdmittedDossier& admitted) const {
    const auto row = reader_->dossier(admitted.dossier.id);
    if (!row || !*row || (*row)->updatedMs != admitted.dossier.updatedMs) return false;
    if (isFinal(admitted.dossier.state)) return !(*row)->isDelivered;
    const auto branches = reader_->branches(admitted.dossier.id);
    return branches && branches->size() == 1 && branches->front().path == admitted.branch.path &&
           branches->front().step == admitted.branch.step &&
           branches->front().state == admitted.branch.state && branches->front().attempt == 0 &&
           branches->front().crashes == 0;
}

void Runner::activate(std::shared_ptr<DossierRun> run) {
    auto active = std::make_unique<Active>();
    active->run = std::move(run);
    Active& held = *active;
    const std::string id = held.run->id();
    const bool isNew = active_.emplace(id, std::move(active)).second;
    GREFFE_INVARIANT(isNew);  // two of one dossier would do its steps twice
    const DossierRow& dossier = held.run->dossier;
    const ReasonInfo* reason = findReason(dossier.reason);
    for (const auto& [path, branch] : held.run->branches) {
        if (const auto state = decidedEnding(branch))
            held.ending = Active::Ending{*state, reason != nullptr ? reason->reason : Reason::None,
                                         dossier.explanation};
    }
    held.liveTimer =
        services_.timers.callAfter(options_.liveReceiptAfter, [this, id] { writeLiveReceipt(id); });
    std::vector<std::string> paths;
    for (const auto& [path, branch] : held.run->branches)
        if (branch.state == DossierState::Ready) paths.push_back(path);
    if (paths.empty()) paths.emplace_back();  // it has ended: a line that walks nowhere delivers it
    for (const std::string& path : paths)
        startLine(held, path);
}

// On the reactor's next turn: the line that asks for it may be the one that opened or waits for this branch.
void Runner::startLine(Active& active, const std::string& path) {
    ++active.moving;
    services_.reactor.post([this, id = active.run->id(), path] {
        Active& found = *active_.at(id);
        GREFFE_INVARIANT(found.lines.count(path) == 0);  // a coroutine on its way would be destroyed
        auto line = std::make_unique<Line>(Line{found, path, std::nullopt});
        Line& held = *line;
        found.lines[path] = std::move(line);
        held.task.emplace(runLine(held));
        held.task->start();
    });
}

void Runner::lineStopped(const std::string& id, const std::string& path) {
    Active& active = *active_.at(id);
    active.lines.erase(path);
    if (active.moving == 0 && active.lines.empty()) return retire(id);
    wakeDue(active);
    armTimer();  // for what this line may wait for now
}

void Runner::wakeDue(Active& active) {
    DossierRun& run = *active.run;
    if (isDraining_ || active.ending || run.isAstray || isWanted(run.id())) return;
    noticeClock();
    const std::int64_t nowMs = toUnixMs(services_.clock.wall());
    std::vector<std::string> due;
    for (const auto& [path, branch] : run.branches)
        if (branch.dueMs != 0 && branch.dueMs <= nowMs && canMove(branch.state, BranchEvent::Wake) &&
            active.lines.count(path) == 0)
            due.push_back(path);
    if (due.empty()) return;
    // What came in the meantime comes before the deadline that it was waited for until.
    if (auto events = reader_->inbox(run.id())) run.events = std::move(*events);
    for (const std::string& path : due) {
        run.move(path, BranchEvent::Wake);
        startLine(active, path);
    }
}

// Set back by a day, a retry in ten seconds would sleep for a day and ten seconds; set forward, all of them
// would come at once. Waited for: whoever looks for what is due must not see the rows as they were.
void Runner::noticeClock() {
    if (services_.journal.isStalled()) return;  // this thread has more to do than to wait for room
    const std::int64_t jumpMs = clockWatch_.look().count();
    if (jumpMs == 0) return;
    for (auto& [id, active] : active_)
        for (auto& [path, branch] : active->run->branches)
            if (branch.state == DossierState::RetryWait && branch.dueMs != 0)
                branch.dueMs = std::max<std::int64_t>(1, branch.dueMs + jumpMs);
    const Status shifted =
        services_.journal.run([jumpMs](StoreTransaction& tx) { return tx.shiftRetries(jumpMs); });
    services_.log("clock set", {{"jump_ms", jumpMs},
                                {"error", shifted ? "" : shifted.error().text()},
                                {"action", "retries are moved along with it"}});
}

void Runner::retire(const std::string& id) {
    const auto found = active_.find(id);
    services_.timers.cancel(found->second->liveTimer);
    // While it was here, one of its branches may have come due, or been woken.
    const DossierRow& dossier = found->second->run->dossier;
    const bool isAstray = found->second->run->isAstray;
    if (!isFinal(dossier.state)) {
        hasBacklog_ = true;
    } else if (!dossier.isDelivered) {
        // Its folder cannot be used. Said here, when it is out of memory, or somebody who looked for
        // undelivered ones while it was still in it would have taken the reminder away; and not at once, or
        // it would go round for nothing as fast as it can.
        hasUndelivered_ = true;
        redeliverAt_ = std::chrono::steady_clock::now() + kLookAgainAfter;
    }
    active_.erase(found);
    if (isDraining_) {
        tellWhenStopped();
        return;
    }
    if (!isAstray) refused_.erase(id);
    if (isAstray) {
        setAside(id);
    } else if (isWanted(id)) {
        lend(id);
    }
    // Half empty before it is filled again: one query then serves many dossiers. Until then what this one may
    // wait for has its time.
    if (active_.size() <= options_.maxActive / 2) return refill();
    armTimer();
}

void Runner::wake() {
    hasBacklog_ = hasUndelivered_ = true;
    refill();
}

void Runner::refill() {
    if (isDraining_) return;
    noticeClock();
    if (hasBacklog_) lookedAtMs_ = toUnixMs(services_.clock.wall());
    for (auto& [id, active] : active_)
        wakeDue(*active);
    mustLookAgain_ = false;
    // Once more when there is room left: what was found may have been many branches of few dossiers.
    while (hasBacklog_ && active_.size() < options_.maxActive && takeUpRunnable()) {
    }
    const bool mayRedeliver = std::chrono::steady_clock::now() >= redeliverAt_;
    if (hasUndelivered_ && mayRedeliver && active_.size() < options_.maxActive) refillUndelivered();
    armTimer();
}

// Whether any was taken up.
bool Runner::takeUpRunnable() {
    std::vector<std::string> skip;
    for (const auto& [id, active] : active_)
        skip.push_back(id);
    for (const auto& [id, waiting] : borrowers_)
        skip.push_back(id);
    for (const auto& [id, refused] : refused_)
        if (refused.isAside) skip.push_back(id);
    skip.insert(skip.end(), beingHeld_.begin(), beingHeld_.end());
    const std::size_t room = options_.maxActive - active_.size();
    auto branches = reader_->runnable(lookedAtMs_, skip, room);
    if (!branches) {
        services_.log("journal unreadable", {{"error", branches.error().text()}});
        mustLookAgain_ = true;
        return false;
    }
    hasBacklog_ = branches->size() == room;
    bool hasTaken = false;
    for (const BranchRow& branch : *branches) {
        if (active_.count(branch.dossier) != 0) continue;  // two of its branches can run
        auto run = load(branch.dossier);
        if (!run) {
            services_.log("dossier not loaded", {{"dossier", branch.dossier}, {"error", run.error().text()}});
            mustLookAgain_ = mustLookAgain_ || beingHeld_.count(branch.dossier) == 0;
            continue;
        }
        activate(std::move(*run));
        hasTaken = true;
    }
    return hasTaken;
}

void Runner::refillUndelivered() {
    // Page by page, round and round: a page of those that nobody can deliver must not be all that is tried.
    const std::size_t room = options_.maxActive - active_.size();
    auto rows = reader_->undelivered(undeliveredAfter_, room);
    if (!rows) return;
    const bool isLastPage = rows->size() < room;
    hasUndelivered_ = !isLastPage || !undeliveredAfter_.empty();
    undeliveredAfter_ = isLastPage ? std::string() : rows->back().id;
    for (const DossierRow& row : *rows) {
        if (active_.count(row.id) != 0 || isWanted(row.id) || isAside(row.id)) continue;
        if (auto run = load(row.id)) {
            activate(std::move(*run));
        } else {
            services_.log("dossier not delivered", {{"dossier", row.id}, {"error", run.error().text()}});
            // One whose plan is gone stays what it is until somebody changes that.
            hasUndelivered_ = hasUndelivered_ || run.error().code != Errc::NotFound;
        }
    }
}

void Runner::armTimer() {
    services_.timers.cancel(timer_);
    timer_ = 0;
    // What was due at the last look is in memory, or finds no room there and is looked for when there is.
    // What came due since then was not seen yet.
    const std::int64_t nowMs = toUnixMs(services_.clock.wall());
    const auto due = reader_->nextDueMs(std::min(lookedAtMs_, nowMs));
    std::optional<std::chrono::milliseconds> next;
    if (due && *due != 0)
        next = std::chrono::milliseconds(
            std::clamp<std::int64_t>(*due - nowMs, 1, options_.longestSleep.count()));
    // What could not be read, and perhaps nobody in memory whose end would bring the next look.
    const bool isStuck = mustLookAgain_ || !due || (hasBacklog_ && active_.empty());
    if ((hasUndelivered_ || isStuck) && (!next || kLookAgainAfter < *next)) next = kLookAgainAfter;
    if (next) timer_ = services_.timers.callAfter(*next, [this] { wake(); });
    if (services_.rested && isAtRest()) services_.rested();
}

bool Runner::isAtRest() const {
    return active_.empty() && beingHeld_.empty() && borrowers_.empty() && !isWriting();
}

// Rows of a dossier that was set aside.
bool Runner::isWriting() const {
    return std::any_of(refused_.begin(), refused_.end(),
                       [](const auto& entry) { return entry.second.isBeingWritten; });
}

void Runner::writeLiveReceipt(const std::string& id) {
    const auto found = active_.find(id);
    if (found == active_.end()) return;
    DossierRun& run = *found->second->run;
    if (run.isAstray || isFinal(run.dossier.state)) return;
    postLiveReceipt(std::make_shared<DeliveryJob>(deliveryJob(run)), nullptr);
}

// The disk's part holds nothing of the runner, which it may outlive; `written` comes back on the reactor.
void Runner::postLiveReceipt(const std::shared_ptr<DeliveryJob>& job, std::function<void()> written) {
    services_.disk.post([&delivery = services_.delivery, &reactor = services_.reactor, log = services_.log,
                         job, written = std::move(written)] {
        const Status done = job != nullptr ? delivery.writeLiveReceipt(*job) : Status();
        if (!done)
            reactor.post([log, job, text = done.error().text()] {
                log("live receipt failed", {{"dossier", job->dossier.id}, {"error", text}});
            });
        if (written) reactor.post(written);
    });
}

void Runner::tell(std::vector<std::string> dossiers) {
    if (dossiers.empty() || isDraining_) return;
    const std::string id = std::move(dossiers.back());
    dossiers.pop_back();
    std::shared_ptr<DeliveryJob> job;
    // One that moves tells of itself.
    if (active_.count(id) == 0)
        if (auto run = load(id); run && !isFinal((*run)->dossier.state))
            job = std::make_shared<DeliveryJob>(deliveryJob(**run));
    postLiveReceipt(job, [this, dossiers = std::move(dossiers)] { tell(dossiers); });
}

void Runner::drain(std::function<void()> stopped) {
    isDraining_ = true;
    services_.timers.cancel(timer_);
    for (auto& [id, refused] : refused_)
        services_.timers.cancel(refused.timer);
    stopped_ = std::move(stopped);
    tellWhenStopped();
}

void Runner::tellWhenStopped() {
    // Whoever borrowed a dossier gives back rows: nobody waits for that.
    const bool hasStopped = active_.empty() && beingHeld_.empty() && !isWriting();
    if (hasStopped && stopped_) services_.reactor.post(std::exchange(stopped_, nullptr));
    if (hasStopped && services_.rested) services_.reactor.post(services_.rested);
}

RunnerStatus Runner::status() const {
    RunnerStatus status = status_;
    status.active = active_.size();
    return status;
}

}  // namespace greffe
