// SPDX-License-Identifier: Apache-2.0
// Private to the engine: its parts, in the order in which they may be used. engine.cpp starts and stops them,
// engine_house.cpp is what the control room asks of them.
#pragma once

#include "app/child_keeper.h"
#include "app/commit_figures.h"
#include "app/daily_sweep.h"
#include "app/engine.h"
#include "app/intake_thread.h"
#include "app/pools.h"
#include "base/calm_clock.h"
#include "base/json.h"
#include "control/control_room.h"
#include "dossier/runner.h"
#include "spool/blob_spool.h"
#include "store/journal.h"
#include "sys/serial_thread.h"

#include <atomic>
#include <mutex>

namespace greffe {

// Members stand in the order in which they may be used; they go in the reverse.
class Engine::Parts final : public House {
public:
    Status open(Options options);
    Status run();
    void stop();

    void inspect(std::function<void(Json)> answered) override;
    std::shared_ptr<const RunningPlan> running() const override;
    AdmissionPause admissionPause(StoreReader& reader) const override;
    Result<ReloadReport> reload() override;
    void whenIdle(const std::string& dossier,
                  std::function<void(std::function<void()> release)> work) override;
    void admitted(AdmittedDossier admitted) override;
    void callProvider(const std::string& planId, CallRequest request,
                      std::function<void(CallOutcome)> done) override;
    void takeFileBack(const DossierRow& dossier, std::function<void(Status)> done) override;

private:
    Status openJournal();
    void openRunner();
    Status openIntakes();
    Status takeUpForgottenClaims();
    Status settleRestore();
    Status openControl();
    void openFront();
    void openSweep();
    void beat(std::chrono::milliseconds every, std::function<void()> heartbeat);
    // reload(), between its two words to systemd.
    Result<ReloadReport> followFolder();
    void setRunning(std::vector<ValueOrigin> origins);
    void takeOver(LoadedConfiguration configuration, IntakeThread::Opened folders,
                  std::function<void(Status)> done);
    void tell(const std::string& state) const {
        if (tell_) tell_(state);
    }
    Result<std::shared_ptr<const Plan>> planById(const std::string& id);
    void trimPlans();
    void journalBroke(const Error& error);
    Json status() const;
    Json inspection();

    UniqueFd spoolLock_;
    HousePaths paths_;
    std::string configFolder_;
    std::string spoolDirectory_;  // frozen at the start
    std::function<void(const std::string&)> tell_;
    std::int64_t startedMs_ = 0;
    mutable std::mutex runningMutex_;
    std::shared_ptr<const RunningPlan> running_;  // what other threads see of the two below
    std::mutex reloadMutex_;                      // one reload at a time
    std::shared_ptr<const Plan> plan_;            // the current one
    std::string planId_;
    std::map<std::string, std::shared_ptr<const Plan>> plans_;  // by id, those that dossiers in memory use
    UlidSource ids_;
    CalmClock calmClock_;  // for deadlines and retries
    CommitFigures commits_;
    std::atomic<bool> isToStop_{false};
    std::string journalTrouble_;                     // why it waits; empty while it does not
    std::map<std::string, std::uint64_t> admitted_;  // by intake; the reactor's
    Reactor reactor_;
    SyncPoint syncPoint_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> reader_;      // the reactor's
    std::unique_ptr<StoreReader> blobReader_;  // the spool's, on whatever thread it is asked
    std::mutex blobReaderMutex_;
    std::unique_ptr<StoreReader> admissionReader_;  // the intake thread's
    std::unique_ptr<BlobSpool> spool_;
    std::unique_ptr<Delivery> delivery_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<SerialThread> disk_;
    std::unique_ptr<DailySweep> sweep_;
    std::unique_ptr<Pools> pools_;
    std::unique_ptr<Runner> runner_;
    std::unique_ptr<IntakeThread> intakes_;
    std::unique_ptr<ControlRoom> control_;
    std::unique_ptr<ChildKeeper> front_;
    std::vector<std::string> restoredHeld_;         // by settleRestore, until they are told of
    std::uint64_t nextProviderCall_ = 1ULL << 62U;  // never a number that the runner gives
    bool isStopping_ = false;
    std::atomic<bool> hasEnded_{false};  // the reactor runs no more
};

}  // namespace greffe
