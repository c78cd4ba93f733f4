// SPDX-License-Identifier: Apache-2.0
// One configured plugin instance inside a worker, with the host services it was given.
//
// Which services exist is the pool's decision: secrets can be revealed in the keys pool and in blocking
// providers only. One call at a time, on the worker's main thread.
#pragma once

#include "loader/host_services/host_base.h"
#include "loader/host_services/host_cancel.h"
#include "loader/host_services/host_clock.h"
#include "loader/host_services/host_log.h"
#include "loader/host_services/host_temporary_files.h"
#include "loader/host_services/secret_vault.h"
#include "loader/plugin_instance.h"
#include "loader/plugin_library.h"
#include "plugin_host/worker_setup.h"
#include "programs/host_programs.h"

#include <memory>
#include <optional>
#include <string>

namespace greffe {

// What all instances of a worker share.
struct SharedServices {
    HostClock clock;
    HostCancel cancel;
    HostTemporaryFiles temporaryFiles{UniqueFd(), 64};
    std::function<void(const PluginLogLine&)> log;
    std::optional<ProgramLauncher> launcher;  // pool converters only
};

class HostedInstance {
public:
    // Loads the plugin, hands it its secrets, and takes it through configure, validate and provision. The
    // error says which instance, which option and why.
    static Result<std::unique_ptr<HostedInstance>> start(const InstanceSetup& setup, PoolKind pool,
                                                         std::vector<WorkerSetup::Secret>& secrets,
                                                         SharedServices& shared);

    const std::string& name() const { return setup_.name; }
    const InstanceSetup& setup() const { return setup_; }
    const PluginMetadata& plugin() const { return library_->metadata(); }
    const SecretVault& secrets() const { return vault_; }
    bool hasLostPrograms() const { return programs_ && programs_->isLost(); }

    // Null when the plugin does not offer it.
    template <class Capability>
    Capability* capability() {
        return instance_->capability<Capability>();
    }

private:
    HostedInstance(const InstanceSetup& setup, HostSecrets::Reveal reveal, SharedServices& shared);
    Status addSecrets(std::vector<WorkerSetup::Secret>& secrets);

    InstanceSetup setup_;
    SecretVault vault_;
    HostSecrets hostSecrets_;
    HostLog log_;
    std::optional<HostPrograms> programs_;
    HostBase host_;
    const PluginLibrary* library_ = nullptr;
    std::optional<PluginInstance> instance_;
};

}  // namespace greffe
