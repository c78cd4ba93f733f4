// SPDX-License-Identifier: Apache-2.0
// What all simulations of one configuration share: its plan without the house (simulated_plan.h), the keys
// and the authority that stand in for its own, and the workers that do the pure work.
//
// One thread: the one that turns the reactor.
#pragma once

#include "app/configuration.h"
#include "app/pools.h"
#include "simulate/own_paths.h"
#include "simulate/pure_results.h"
#include "simulate/scratch_folder.h"
#include "simulate/simulation_mark.h"
#include "simulate/stand_in_authority.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace greffe {

class Stage {
public:
    // `from`: when its simulations begin; the stand-in keys are valid then. configuration: with a plan.
    // results: what is known of pure work already, shared by stages; null: everything is done anew.
    static Result<std::unique_ptr<Stage>> build(const LoadedConfiguration& configuration,
                                                const HousePaths& paths, WallTime from,
                                                PureResults* results = nullptr);

    Reactor& reactor() { return reactor_; }
    const std::shared_ptr<const Plan>& plan() const { return plan_; }
    const std::string& planId() const { return planId_; }
    const std::string& planText() const { return planText_; }
    const OwnPaths& ownPaths() const { return ownPaths_; }

    // A pool for pure work and for the stand-in keys; null for every other kind: those are the ledger's.
    CallTarget* workers(PoolKind kind, const std::string& instance);
    Result<StandInAuthority> authority() const { return StandInAuthority::make(from_); }
    // The workers that draw pages, and the name of their instance; null when no installed plugin does. They
    // have no network either.
    CallTarget* previewers(std::string& instance);
    // Why workers do not come up; empty when they do.
    std::string trouble() const { return troubles_.empty() ? std::string() : troubles_.begin()->second; }

private:
    Stage(ScratchFolder folder, const HousePaths& paths, WallTime from);
    PoolEvents events();
    std::string builds() const;

    ScratchFolder folder_;
    WallTime from_;
    std::map<std::string, std::string> troubles_;  // of pools that are degraded
    std::shared_ptr<const Plan> plan_;
    std::string planId_, planText_;
    OwnPaths ownPaths_;
    Reactor reactor_;
    Pools pools_;
    PureResults* results_ = nullptr;
    // In front of a documents pool: what is known, then the mark, then the workers.
    struct Documents {
        SimulationMark mark;
        std::optional<RememberedCalls> remembered;
    };
    std::map<WorkerPool*, Documents> documents_;
};

}  // namespace greffe
