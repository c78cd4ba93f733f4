// SPDX-License-Identifier: Apache-2.0
#include "app/pools.h"

#include "plugin_host/worker_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <thread>

namespace greffe {
namespace {

constexpr int kScanTries = 5;
constexpr std::chrono::milliseconds kScanPause{20};

PoolSpec baseSpec(std::string name, PoolKind kind) {
    PoolSpec spec;
    spec.name = std::move(name);
    spec.kind = kind;
    spec.limits = defaultLimits(kind);
    spec.launch.arguments = {"worker"};
    return spec;
}

// Everything that a plan can say about a pool: two that differ in any of it are two pools.
std::string identityOf(const PoolSpec& spec) {
    std::string identity = fmt::format("{}\n{}\n{} workers of {} bytes and {} calls{}", spec.name,
                                       spec.setupJson, spec.maxWorkers, spec.limits.addressSpaceBytes,
                                       spec.recycleAfterCalls, spec.mustHaveLandlock ? ", landlock" : "");
    for (const PoolSecret& secret : spec.secrets)
        identity += "\n" + secret.instance + "." + secret.option + "=" + secret.path;
    return identity;
}

// A plugin whose file could not be read for want of a descriptor, or by a hiccup of the disk, is not gone:
// taken for that, the documents that need it were quarantined.
bool hasMachineTrouble(const PluginCatalogue& catalogue) {
    return std::any_of(catalogue.problems().begin(), catalogue.problems().end(),
                       [](const PluginProblem& problem) {
                           return problem.error.code == Errc::Busy || problem.error.code == Errc::Io;
                       });
}

std::size_t orOneAProcessor(std::uint32_t workers) {
    return workers != 0 ? workers : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

void addTo(std::map<std::string, std::uint64_t>& sum, const std::map<std::string, std::uint64_t>& more) {
    for (const auto& [cause, count] : more)
        sum[cause] += count;
}

}  // namespace

Pools::Pools(Reactor& reactor, HousePaths paths, PoolEvents events)
    : reactor_(reactor), paths_(std::move(paths)), events_(std::move(events)) {
    rescanPlugins();
}

void Pools::setMayRunWithoutLandlock(bool may) {
    mayRunWithoutLandlock_ = may;
    found_.clear();
}

void Pools::rescanPlugins() {
    found_.clear();
    for (int tries = 1;; ++tries) {
        catalogue_ = PluginCatalogue::scan(paths_.pluginDirectories);
        if (!hasMachineTrouble(catalogue_) || tries == kScanTries) return;
        std::this_thread::sleep_for(kScanPause);
    }
}

WorkerPool& Pools::poolFor(PoolSpec spec) {
    const std::string identity = identityOf(spec);
    auto& pool = pools_[identity];
    if (pool == nullptr) pool = std::make_unique<WorkerPool>(reactor_, std::move(spec), events_);
    return *pool;
}

PoolSpec Pools::luaSpec(std::size_t workers) const {
    PoolSpec spec = baseSpec("lua", PoolKind::Lua);
    spec.maxWorkers = std::max<std::size_t>(1, workers);
    spec.setupJson = setupJson({}, paths_.luaModule);
    return spec;
}

WorkerPool& Pools::lua() {
    return poolFor(luaSpec(1));
}

Result<PoolSpec> Pools::documentsSpec(const Plan& plan) const {
    PoolSpec spec = baseSpec("documents", PoolKind::Documents);
    spec.maxWorkers = orOneAProcessor(plan.settings.documentWorkers);
    if (plan.settings.workerMemoryMebibytes != 0)
        spec.limits.addressSpaceBytes = plan.settings.workerMemoryMebibytes << 20U;
    if (plan.settings.workerSteps != 0) spec.recycleAfterCalls = plan.settings.workerSteps;
    std::vector<InstanceSetup> instances;
    // Every plugin of this pool is there under its own id, without options; configured instances come beside.
    for (const PluginMetadata& plugin : catalogue_.plugins())
        if (plugin.sandbox == poolName(PoolKind::Documents))
            instances.push_back({plugin.id, plugin.path, "{}"});
    for (const InstancePlan& instance : plan.instances) {
        if (instance.sandbox != poolName(PoolKind::Documents)) continue;
        GREFFE_TRY_ASSIGN(const PluginMetadata* plugin, catalogue_.require(instance.plugin));
        instances.push_back({instance.name, plugin->path, instance.optionsJson});
        for (const auto& [option, path] : instance.secrets)
            spec.secrets.push_back({instance.name, option, path});
    }
    spec.setupJson = setupJson(instances);
    return spec;
}

Result<PoolSpec> Pools::converterSpec(const Plan& plan, const std::string& name) const {
    // As for documents: a plugin is there under its own id, without options; configured instances come
    // beside.
    const auto configured =
        std::find_if(plan.instances.begin(), plan.instances.end(), [&](const InstancePlan& instance) {
            return instance.name == name && instance.sandbox == poolName(PoolKind::Converters);
        });
    const bool isConfigured = configured != plan.instances.end();
    GREFFE_TRY_ASSIGN(const PluginMetadata* plugin,
                      catalogue_.require(isConfigured ? configured->plugin : name));
    if (plugin->sandbox != poolName(PoolKind::Converters))
        return makeError(Errc::NotFound, fmt::format("{} is no plugin of the converters pool", name));
    // A pool for each: where one's programs are missing, the others go on.
    PoolSpec spec =
        baseSpec(fmt::format("{}:{}", poolName(PoolKind::Converters), name), PoolKind::Converters);
    spec.maxWorkers = orOneAProcessor(plan.settings.documentWorkers);
    // What reads the documents there is code of others: it must not reach what lies beside them.
    spec.mustHaveLandlock = !mayRunWithoutLandlock_;
    spec.setupJson =
        setupJson({{name, plugin->path, isConfigured ? configured->optionsJson : "{}"}}, {}, paths_.scratch);
    if (isConfigured)
        for (const auto& [option, path] : configured->secrets)
            spec.secrets.push_back({name, option, path});
    return spec;
}

Result<PoolSpec> Pools::instanceSpec(const Plan& plan, PoolKind kind, const std::string& name) const {
    const InstancePlan* const found = plan.findPooled(poolName(kind), name);
    if (found == nullptr)
        return makeError(Errc::NotFound,
                         fmt::format("the plan has no {} instance \"{}\"", poolName(kind), name));
    GREFFE_TRY_ASSIGN(const PluginMetadata* plugin, catalogue_.require(found->plugin));
    PoolSpec spec = baseSpec(fmt::format("{}:{}", poolName(kind), name), kind);
    spec.setupJson = setupJson({{name, plugin->path, found->optionsJson, found->hostOptionsJson}});
    // An RSA signature is most of a seal's work: one process would be one processor's.
    if (kind == PoolKind::Keys) spec.maxWorkers = orOneAProcessor(plan.settings.keyWorkers);
    // What is worth stealing, and a way out: there a list of system calls alone is not enough.
    spec.mustHaveLandlock =
        (kind == PoolKind::Keys || kind == PoolKind::Providers) && !mayRunWithoutLandlock_;
    for (const auto& [option, path] : found->secrets)
        spec.secrets.push_back({name, option, path});
    return spec;
}

WorkerPool* Pools::find(const std::shared_ptr<const Plan>& plan, PoolKind kind, const std::string& instance) {
    const auto known = found_.find({plan, kind, instance});
    if (known != found_.end()) return known->second;
    WorkerPool* const pool = search(*plan, kind, instance);
    // Not while plugins may be missing for want of a descriptor: the next call looks again.
    if (pool != nullptr && !hasMachineTrouble(catalogue_))
        found_.emplace(std::tuple(plan, kind, instance), pool);
    return pool;
}

WorkerPool* Pools::search(const Plan& plan, PoolKind kind, const std::string& instance) {
    if (kind == PoolKind::Lua) return &poolFor(luaSpec(plan.settings.luaWorkers));
    if (hasMachineTrouble(catalogue_)) catalogue_ = PluginCatalogue::scan(paths_.pluginDirectories);
    auto spec = kind == PoolKind::Documents    ? documentsSpec(plan)
                : kind == PoolKind::Converters ? converterSpec(plan, instance)
                                               : instanceSpec(plan, kind, instance);
    return spec ? &poolFor(std::move(*spec)) : nullptr;
}

void Pools::keepOnly(const std::vector<std::shared_ptr<const Plan>>& plans) {
    found_.clear();
    std::set<std::string> wanted;
    const auto want = [&wanted](const Result<PoolSpec>& spec) {
        if (spec) wanted.insert(identityOf(*spec));
    };
    for (const auto& plan : plans) {
        wanted.insert(identityOf(luaSpec(plan->settings.luaWorkers)));
        want(documentsSpec(*plan));
        for (const PluginMetadata& plugin : catalogue_.plugins())
            if (plugin.sandbox == poolName(PoolKind::Converters)) want(converterSpec(*plan, plugin.id));
        for (const InstancePlan& instance : plan->instances)
            for (const PoolKind kind : {PoolKind::Keys, PoolKind::Providers})
                if (instance.sandbox == poolName(kind)) want(instanceSpec(*plan, kind, instance.name));
        for (const InstancePlan& instance : plan->instances)
            if (instance.sandbox == poolName(PoolKind::Converters)) want(converterSpec(*plan, instance.name));
    }
    for (auto at = pools_.begin(); at != pools_.end();) {
        const PoolStatus status = at->second->status();
        if (wanted.count(at->first) != 0 || status.queued + status.busy + status.starting != 0) {
            ++at;
            continue;
        }
        addTo(restartsOfGone_[at->second->name()], status.restarts);
        // Its idle workers are asked to go, as plugins are to be left: it is gone once they are.
        const auto leaving = leaving_.insert(leaving_.end(), std::move(at->second));
        at = pools_.erase(at);
        (*leaving)->drain([this, leaving] { leaving_.erase(leaving); });
    }
}

std::map<std::string, PoolStatus> Pools::status() const {
    std::map<std::string, PoolStatus> all;
    for (const auto& [name, restarts] : restartsOfGone_)
        all[name].restarts = restarts;
    for (const auto& [identity, pool] : pools_) {
        PoolStatus& sum = all[pool->name()];
        const PoolStatus one = pool->status();
        sum.starting += one.starting;
        sum.idle += one.idle;
        sum.busy += one.busy;
        sum.queued += one.queued;
        addTo(sum.restarts, one.restarts);
        sum.isDegraded = sum.isDegraded || one.isDegraded;
        if (!one.trouble.empty()) sum.trouble = one.trouble;
        if (one.walls) sum.walls = one.walls;
    }
    return all;
}

void Pools::drain(std::function<void()> stopped) {
    auto left = std::make_shared<std::size_t>(pools_.size());  // those that leave already need no word
    if (*left == 0) return reactor_.post(std::move(stopped));
    for (auto& [identity, pool] : pools_)
        pool->drain([left, stopped] {
            if (--*left == 0) stopped();
        });
}

}  // namespace greffe
