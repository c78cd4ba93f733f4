// SPDX-License-Identifier: Apache-2.0
// Moves dossiers through their pipelines: takes those that can run, runs their steps, commits what happened,
// brings the finished ones to their folders.
//
// Memory is bounded by how many dossiers move at once (maxActive), never by how many there are: the rest is
// rows. Lives on the engine's reactor.
#pragma once

#include "base/clock.h"
#include "base/duration_histogram.h"
#include "dossier/authority_health.h"
#include "dossier/clock_watch.h"
#include "dossier/delivery.h"
#include "dossier/dossier_run.h"
#include "dossier/retry_policy.h"
#include "dossier/step_action.h"
#include "dossier/step_functions.h"
#include "intake/admission.h"
#include "store/journal.h"
#include "sys/reactor.h"
#include "sys/serial_thread.h"
#include "workers/call_target.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace greffe {

struct RunnerServices {
    Reactor& reactor;  // where the runner lives
    Timers& timers;    // of the same thread: the reactor itself, or a simulation's
    Journal& journal;
    Store& store;
    BlobSpool& spool;
    SyncPoint& syncPoint;
    SerialThread& disk;
    Delivery& delivery;
    const Clock& clock;
    UlidSource& ids;
    // The pool of a kind; for keys and providers the one that holds the instance. Null when there is none.
    std::function<CallTarget*(const std::shared_ptr<const Plan>& plan, PoolKind kind,
                              const std::string& instance)>
        pool;
    // The plan in force, whose instances also serve dossiers of older ones (instanceInUse). Never null.
    std::function<std::shared_ptr<const Plan>()> planInForce;
    // The plan that a dossier was admitted under. Errc::NotFound: this house has none that it could read, and
    // an operator must look; every other error passes.
    std::function<Result<std::shared_ptr<const Plan>>(const std::string& planId)> plan;
    std::function<void(std::string_view event, const Json& keys)> log;
    // Nothing moves any more until somebody asks for something or a timer is due. Called again and again;
    // may be missing.
    std::function<void()> rested = nullptr;
};

struct RunnerStatus {
    std::size_t active = 0;
    std::uint64_t finished = 0;
    std::map<std::string, std::uint64_t> stepResults;    // "kind/verdict" → count
    std::map<std::string, DurationHistogram> stepTimes;  // by kind: from the call to its end
    std::map<std::pair<std::string, std::string>, std::uint64_t>
        providerErrors;  // instance and reason → count
};

class Runner {
public:
    struct Options {
        std::size_t maxActive = 256;
        std::chrono::milliseconds liveReceiptAfter{2'000};
        std::int32_t crashesBeforeHeld = 3;
        // The wall clock may jump: never asleep longer than this on a date.
        std::chrono::milliseconds longestSleep{60'000};
        // Simulations: drains by itself behind each step, so that a restart can follow it.
        bool stopsAfterEachStep = false;
    };

    Runner(RunnerServices services, Options options);
    ~Runner();
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;

    // Takes up what a crash interrupted and what was not delivered, then whatever can run.
    Status start();
    // Its rows are committed. One that went on since is taken as the journal has it.
    void admitted(AdmittedDossier admitted);
    // Something in the journal may have become runnable or may have ended (an operator, an event, a timer).
    void wake();

    // Writes the live receipts of dossiers that were changed while nobody moved them, one after the other.
    void tell(std::vector<std::string> dossiers);

    // Lends a dossier to somebody who changes its rows: `work` runs as soon as the dossier is not in memory,
    // and it stays out of memory until `release` is called. One borrower at a time, in the order of asking. A
    // dossier under way stops after its current step for this. Not called any more once the runner drains.
    using Release = std::function<void()>;
    void whenIdle(const std::string& dossierId, std::function<void(Release release)> work);
    // Runs steps in flight to their end, starts nothing new, then calls `stopped`.
    void drain(std::function<void()> stopped);

    bool isStopping() const { return isDraining_; }

    RunnerStatus status() const;
    // No dossier is in memory, lent or being written. What waits is rows and timers.
    bool isAtRest() const;

private:
    class Context;
    struct Active;
    struct Line;

    // runner_flow.cpp: which dossiers are in memory, and why.
    bool isAsAdmitted(const AdmittedDossier& admitted) const;
    void activate(std::shared_ptr<DossierRun> run);
    void startLine(Active& active, const std::string& path);
    void lineStopped(const std::string& id, const std::string& path);
    void refill();
    bool takeUpRunnable();
    // Starts the branches of a dossier in memory whose time has come beside a call of another one.
    void wakeDue(Active& active);
    // When the wall clock was set, retries are moved along with it; dates that people gave stay where they
    // are.
    void noticeClock();
    void refillUndelivered();
    void armTimer();
    void writeLiveReceipt(const std::string& id);
    void postLiveReceipt(const std::shared_ptr<DeliveryJob>& job, std::function<void()> written);
    void retire(const std::string& id);
    bool isWanted(const std::string& id) const { return borrowers_.count(id) != 0; }
    void lend(const std::string& id);
    void takeBack(const std::string& id);
    void tellWhenStopped();

    // runner_loading.cpp: from rows to memory.
    Status recoverInterrupted();
    Status wakeAwaited();
    Status moveAtStart(const std::vector<BranchRow>& branches, BranchEvent event);
    Result<std::shared_ptr<DossierRun>> load(const std::string& dossierId);
    // What cannot be loaded, because this house does not know its plan any more, waits for an operator.
    void holdUnreadable(const DossierRow& dossier, std::vector<BranchRow> branches, const std::string& why);

    // runner.cpp: one branch, step by step.
    Task<> runLine(Line& line);
    Task<> runStep(Line& line, const StepPlan& step);
    Task<Result<FrozenOptions>> freezeOptions(Line& line, const StepPlan& step);
    Task<Result<Json>> askFunctions(Line& line, const StepPlan& step, bool withSources);

    // runner_settling.cpp: what becomes of the branch when its step ended.
    Task<> settle(Line& line, const StepPlan& step, EffectRow& effect, StepEnd& end);
    Task<> settleRetry(Line& line, const StepPlan& step, StepEnd& end);
    Task<> settleWaiting(Line& line, StepEnd& end);
    Task<> settleRejected(Line& line, const StepPlan& step, StepEnd& end);
    Task<> advance(Line& line, const StepPlan& step, const std::string& way);

    // runner_endings.cpp: how branches and dossiers end, and how results reach their folders.
    Task<> hold(Line& line, Reason reason, const std::string& explanation);
    Task<> decideEnding(Line& line, DossierState state, Reason reason, const std::string& explanation);
    Task<Status> endDossier(Active& active);
    bool mayWalk(const Line& line) const;
    Task<> deliver(DossierRun& run);
    Task<> noteUndelivered(DossierRun& run, const Error& error);
    DeliveryJob deliveryJob(DossierRun& run);

    // runner_commits.cpp: what is written, and the dossiers whose rows the journal refuses.
    // `marks`: what must be on disk for the rows to be true; the commit fails when it is not.
    Task<Status> commit(DossierRun& run, std::vector<SyncPoint::Mark> marks = {});
    void setAside(const std::string& id);
    void takeUpAgain(const std::string& id);
    void takenUpAgain(const std::string& id, bool isWritten, bool isHeld);
    bool isAside(const std::string& id) const;
    bool isWriting() const;

    RunnerServices services_;
    Options options_;
    RetryDelays delays_;
    ClockWatch clockWatch_;
    AuthorityHealth authorities_;
    std::unique_ptr<StoreReader> reader_;
    std::map<std::string, std::unique_ptr<Active>> active_;
    // Dossiers that somebody borrowed or waits for: the first of each queue has it once it left memory.
    std::map<std::string, std::deque<std::function<void(Release)>>> borrowers_;
    std::set<std::string> beingHeld_;  // holdUnreadable has not committed yet
    struct Refused {
        std::string why;
        int times = 0;         // in a row
        bool isAside = false;  // not in memory, and not to be taken up
        bool isBeingWritten = false;
        Reactor::TimerId timer = 0;
    };
    std::map<std::string, Refused> refused_;
    bool hasBacklog_ = true;       // the journal may hold runnable branches that are not in memory
    bool mustLookAgain_ = false;   // something could not be read at the last look
    std::int64_t lookedAtMs_ = 0;  // wall clock of the last look for what can run
    bool hasUndelivered_ = true;
    std::string undeliveredAfter_;  // the last one of the page before; empty: from the first
    SteadyTime redeliverAt_{};
    bool isDraining_ = false;
    std::function<void()> stopped_;
    Reactor::TimerId timer_ = 0;
    std::uint64_t nextCall_ = 1;
    RunnerStatus status_;
};

}  // namespace greffe
