// SPDX-License-Identifier: Apache-2.0
// A house that exists for a simulation: the real runner, state table, steps and operator's moves over a
// journal and a spool in memory, and a time that stands still until it is moved. No folder is watched,
// nothing is delivered, everything that would leave the house ends in the ledger.
//
//   auto world = World::open(*stage, WallTime(…)).value();
//   const std::string id = world->import({"lease", "lease.pdf", fd, {}}).value();   // runs until it waits
//   world->moveTo(inFifteenDays);
//   world->reader().dossier(id);
//
// One thread: the one that calls. Every method that moves something returns when nothing moves any more.
#pragma once

#include "control/house.h"
#include "control/operation.h"
#include "dossier/runner.h"
#include "simulate/effect_ledger.h"
#include "simulate/stage.h"
#include "simulate/virtual_time.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace greffe {

// What is dropped.
struct Sample {
    std::string pipeline, name;
    int fd = -1;                      // the caller's
    Json manifest;                    // null: none
    std::string manifestAdvice = {};  // to whom it is missing: how the caller is given one
    // Instead of name, fd and manifest: the path of a folder or an archive (dropped_whole.h).
    std::string whole = {};
};

class World final : private House {
public:
    enum class Restarts { WhenAsked, AfterEveryStep };
    // The stage outlives the world; one world at a time turns its reactor. With AfterEveryStep whatever the
    // daemon has in memory is lost between any two steps of a pipeline, and taken up again from the journal.
    static Result<std::unique_ptr<World>> open(Stage& stage, WallTime start,
                                               Restarts restarts = Restarts::WhenAsked);
    ~World() override;
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // The dossier's id.
    Result<std::string> import(const Sample& sample);
    // One operation of the control socket (control/README.md), by an operator called "simulation".
    Result<Json> ask(const std::string& operation, Json params);
    // The daemon is killed and started again: what is in the journal is all that it knows.
    Status restart();
    // Time passes, with everything that comes due on the way. `atRest` is called whenever nothing moves, the
    // last time at `until`.
    void moveTo(WallTime until, const std::function<void()>& atRest = {});

    VirtualTime& time() { return time_; }
    StoreReader& reader() { return *desk_->reader; }
    EffectLedger& ledger() { return *ledger_; }
    BlobSpool& spool() { return *spool_; }
    const Plan& plan() const { return *stage_.plan(); }
    const OwnPaths& ownPaths() const { return stage_.ownPaths(); }

private:
    World(Stage& stage, WallTime start, Restarts restarts, ScratchFolder folder, StandInAuthority authority);
    Status begin();
    void openRunner();
    void openDesk();
    void settle();
    bool takeUpAgain();
    void stopAtRest();
    Result<Json> ask(const std::string& operation, Json params, std::vector<UniqueFd> descriptors);
    Result<std::string> importWhole(const Sample& sample);

    void inspect(std::function<void(Json)> answered) override;
    std::shared_ptr<const RunningPlan> running() const override { return running_; }
    AdmissionPause admissionPause(StoreReader&) const override { return {}; }  // nothing real fills up
    Result<ReloadReport> reload() override;
    void whenIdle(const std::string& dossier,
                  std::function<void(std::function<void()> release)> work) override;
    void admitted(AdmittedDossier admitted) override;
    void callProvider(const std::string& planId, CallRequest request,
                      std::function<void(CallOutcome)> answered) override;
    void takeFileBack(const DossierRow& dossier, std::function<void(Status)> done) override;

    // Members stand in the order in which they may be used; they go in the reverse.
    Stage& stage_;
    const Restarts restarts_;
    ScratchFolder folder_;
    VirtualTime time_;
    std::shared_ptr<const RunningPlan> running_;
    bool isSettling_ = false;
    Status started_;  // of the runner that took up again
    UlidSource ids_;
    SyncPoint syncPoint_;
    std::unique_ptr<EffectLedger> ledger_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<StoreReader> blobReader_;
    std::mutex blobReaderMutex_;
    std::unique_ptr<BlobSpool> spool_;
    std::unique_ptr<Delivery> delivery_;
    std::unique_ptr<Journal> journal_;
    std::unique_ptr<SerialThread> disk_;
    std::unique_ptr<Runner> runner_;
    std::unique_ptr<ControlDesk> desk_;
};

}  // namespace greffe
