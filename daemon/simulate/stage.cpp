// SPDX-License-Identifier: Apache-2.0
#include "simulate/stage.h"

#include "simulate/simulated_plan.h"
#include "sys/files.h"

#include <fmt/format.h>

namespace greffe {
namespace {

constexpr const char *kKey = "key.pem", *kCertificate = "certificate.pem";
constexpr mode_t kPrivate = 0600;

// Programs have their folders here, too: what a simulation saw goes with it.
HousePaths withScratch(HousePaths paths, const std::string& folder) {
    paths.scratch = folder;
    return paths;
}

}  // namespace

Stage::Stage(ScratchFolder folder, const HousePaths& paths, WallTime from)
    : folder_(std::move(folder)),
      from_(from),
      pools_(reactor_, withScratch(paths, folder_.path()), events()) {
    pools_.setMayRunWithoutLandlock(true);
}

PoolEvents Stage::events() {
    PoolEvents events;
    events.degradedChanged = [this](const std::string& pool, bool isDegraded, const std::string& why) {
        if (isDegraded)
            troubles_[pool] = why;
        else
            troubles_.erase(pool);
    };
    return events;
}

Result<std::unique_ptr<Stage>> Stage::build(const LoadedConfiguration& configuration, const HousePaths& paths,
                                            WallTime from, PureResults* results) {
    GREFFE_TRY_ASSIGN(ScratchFolder scratch, ScratchFolder::make());
    const std::string& path = scratch.path();
    const SimulationFolder folder{path + "/archives", path + "/" + kKey, path + "/" + kCertificate};
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(path));
    GREFFE_TRY_ASSIGN(const StandInIdentity key, StandInIdentity::make(StandInIdentity::Use::Seal, from));
    GREFFE_TRY(replaceFile(directory.get(), kKey, key.keyPem(), kPrivate));
    GREFFE_TRY(replaceFile(directory.get(), kCertificate, key.certificatePem(), kPrivate));
    GREFFE_TRY(makeDirectories(folder.archive));
    Plan plan = simulatedPlan(*configuration.compiled.plan, folder);
    for (const InstancePlan& instance : plan.instances)
        if (instance.role == "archive") GREFFE_TRY(makeDirectories(folder.archive + "/" + instance.name));
    auto stage = std::unique_ptr<Stage>(new Stage(std::move(scratch), paths, from));
    stage->planText_ = greffe::planText(plan);
    stage->planId_ = planName(stage->planText_);
    stage->ownPaths_ = OwnPaths(plan, configuration.folder);
    stage->results_ = results;
    stage->plan_ = std::make_shared<const Plan>(std::move(plan));
    return stage;
}

CallTarget* Stage::previewers(std::string& instance) {
    for (const PluginMetadata& plugin : pools_.catalogue().plugins()) {
        if (!plugin.offers("preview/1") || plugin.sandbox != poolName(PoolKind::Converters)) continue;
        instance = plugin.id;
        return pools_.find(plan_, PoolKind::Converters, instance);
    }
    return nullptr;
}

CallTarget* Stage::workers(PoolKind kind, const std::string& instance) {
    if (kind == PoolKind::Providers) return nullptr;
    WorkerPool* const pool = pools_.find(plan_, kind, instance);
    if (pool == nullptr || kind != PoolKind::Documents) return pool;
    const auto [documents, isNew] =
        documents_.try_emplace(pool, Documents{SimulationMark(*pool), std::nullopt});
    Documents& front = documents->second;
    if (isNew && results_ != nullptr) front.remembered.emplace(front.mark, *results_, builds(), reactor_);
    if (front.remembered) return &*front.remembered;
    return &front.mark;
}

// Every plugin of the pool by its file, and the instances' options: a plugin that was built anew is another
// one.
std::string Stage::builds() const {
    std::string text;
    for (const PluginMetadata& plugin : pools_.catalogue().plugins())
        if (plugin.sandbox == poolName(PoolKind::Documents))
            text += fmt::format("{} {} {} {} {}\n", plugin.id, plugin.version, plugin.file.inode,
                                plugin.file.sizeBytes, plugin.file.mtimeNs);
    for (const InstancePlan& instance : plan_->instances)
        if (instance.sandbox == poolName(PoolKind::Documents) && instance.role != "archive")
            text += fmt::format("{} {} {}\n", instance.name, instance.plugin, instance.optionsJson);
    return text;
}

}  // namespace greffe
