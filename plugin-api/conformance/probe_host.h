// SPDX-License-Identifier: Apache-2.0
// The host that a probe gives to a plugin: the daemon's own services, with a clock that stands where the kit
// put it, secrets that can be recognised, and a log that is kept to be searched for them.
#pragma once

#include "base/clock.h"
#include "conformance/probe_request.h"
#include "loader/host_services/host_base.h"
#include "loader/host_services/host_cancel.h"
#include "loader/host_services/host_clock.h"
#include "loader/host_services/host_log.h"
#include "loader/host_services/host_temporary_files.h"
#include "loader/host_services/secret_vault.h"
#include "loader/plugin_metadata.h"
#include "programs/host_programs.h"

#include <optional>
#include <string>

namespace greffe::conformance {

class ProbeHost {
public:
    // Errors: a secret that cannot be held.
    // launcher: for plugins of the pool converters; it outlives the host.
    static Result<std::unique_ptr<ProbeHost>> make(const ProbeRequest& request, const PluginMetadata& plugin,
                                                   ProgramLauncher* launcher = nullptr);

    HostBase host;      // with all services
    HostBase bareHost;  // with none
    HostCancel cancel;
    std::string logText;  // all lines so far, as JSON
    std::optional<HostPrograms> programs;

private:
    ProbeHost(const ProbeRequest& request, const PluginMetadata& plugin);

    ManualClock time_;
    HostClock clock_;
    SecretVault vault_;
    HostSecrets secrets_;
    HostLog log_;
    HostTemporaryFiles temporaryFiles_;
};

// Pools and kinds of plugins that may see a secret's bytes: the keys pool, and providers that block.
bool mayReveal(const PluginMetadata& plugin);
bool isBlockingProvider(const PluginMetadata& plugin);

}  // namespace greffe::conformance
