// SPDX-License-Identifier: Apache-2.0
// The worker pools that plans need, made when first asked for. Two plans that set an instance up the same way
// share its pool; a changed one gets a new pool, and the old one's workers leave when they are idle.
//
// Lives on the engine's reactor.
#pragma once

#include "app/house_paths.h"
#include "config/plan.h"
#include "loader/plugin_catalogue.h"
#include "workers/worker_pool.h"

#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace greffe {

class Pools {
public:
    Pools(Reactor& reactor, HousePaths paths, PoolEvents events);

    // For Documents and Lua the instance is not looked at; for Converters it is one of the plan's, or a
    // plugin's id. Null when the plan has no such instance or its
    // plugin is gone.
    WorkerPool* find(const std::shared_ptr<const Plan>& plan, PoolKind kind, const std::string& instance);
    // The lua pool without a plan: it evaluates the configuration that makes one.
    WorkerPool& lua();

    const PluginCatalogue& catalogue() const { return catalogue_; }
    void rescanPlugins();

    // settings.allow_without_landlock of the plan in force: a question of the machine, so dossiers under way
    // do not keep the answer that they were admitted under.
    void setMayRunWithoutLandlock(bool may);

    // Lets go of what none of these plans needs and nobody uses: after a reload. What is busy is left for the
    // next time.
    void keepOnly(const std::vector<std::shared_ptr<const Plan>>& plans);

    // Of those that may be given work, also where two have one name.
    std::size_t count() const { return pools_.size(); }
    std::map<std::string, PoolStatus> status() const;
    void drain(std::function<void()> stopped);

private:
    PoolSpec luaSpec(std::size_t workers) const;
    Result<PoolSpec> documentsSpec(const Plan& plan) const;
    Result<PoolSpec> converterSpec(const Plan& plan, const std::string& name) const;
    Result<PoolSpec> instanceSpec(const Plan& plan, PoolKind kind, const std::string& instance) const;
    WorkerPool& poolFor(PoolSpec spec);
    WorkerPool* search(const Plan& plan, PoolKind kind, const std::string& instance);

    Reactor& reactor_;
    HousePaths paths_;
    PoolEvents events_;
    PluginCatalogue catalogue_;
    bool mayRunWithoutLandlock_ = false;
    std::map<std::string, std::unique_ptr<WorkerPool>> pools_;  // by everything in their setup
    // What find() found, until anything is changed: to write a setup down for each call cost more than the
    // call. The plans are held, so that no other one can come to lie where one was.
    std::map<std::tuple<std::shared_ptr<const Plan>, PoolKind, std::string>, WorkerPool*> found_;
    std::list<std::unique_ptr<WorkerPool>> leaving_;  // until their last worker is gone
    std::map<std::string, std::map<std::string, std::uint64_t>>
        restartsOfGone_;  // by name: a counter never goes back
};

}  // namespace greffe
