// SPDX-License-Identifier: Apache-2.0
// One job without a daemon: the worker pools that a plan of its own needs, on a reactor of its own. No
// journal, no spool, no intake; what a document touches is the same sandboxed worker that the daemon uses.
//
//   OneShot shot(planWith({}), findHousePaths());
//   const CallOutcome outcome = shot.call(PoolKind::Documents, callRequest("inspect", "document-pdf", "{}",
//   {input}));
//
// For subcommands: calls block. Not thread-safe. The destructor ends the workers.
#pragma once

#include "app/pools.h"
#include "dossier/step_action.h"
#include "sys/reactor.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// A plan that has nothing but these instances (and the plugins of the documents pool, which every plan has).
std::shared_ptr<Plan> planWith(std::vector<InstancePlan> instances);

class OneShot {
public:
    // `began`, when given, hears each operation's name before it is asked for.
    using Began = std::function<void(std::string_view operation)>;
    OneShot(std::shared_ptr<const Plan> plan, const HousePaths& paths, Began began = {});

    CallOutcome call(PoolKind pool, CallRequest request);

    // What one step of the daemon's makes of documents.
    struct StepResult {
        StepEnd end;
        std::vector<CallArtifact> kept;  // what it kept, in order; baseInput counts `documents`
    };
    // Runs a step's own code: frozen now, not journaled, without a second attempt. Its options are in
    // `step`. Only steps that keep to documents and pools: validate, seal.
    StepResult run(const StepPlan& step, const std::vector<CallInput>& documents);

    // Why a pool's workers do not come up; empty when all did. Whoever has no daemon reads it once instead of
    // in a log.
    const std::string& trouble() const { return trouble_; }

    // Like call(), for steps.
    Task<CallOutcome> callLater(PoolKind pool, const CallRequest& request);

private:
    std::shared_ptr<const Plan> plan_;
    Began began_;
    std::string trouble_;
    std::uint64_t nextCall_ = 1;
    Reactor reactor_;
    Pools pools_;
};

}  // namespace greffe
