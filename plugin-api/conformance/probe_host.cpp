// SPDX-License-Identifier: Apache-2.0
#include "conformance/probe_host.h"

#include <greffe/capability/intake.h>
#include <greffe/capability/notifier.h>

namespace greffe::conformance {

bool isBlockingProvider(const PluginMetadata& plugin) {
    return plugin.offers(Notifier::kId) || plugin.offers(Intake::kId);
}

bool mayReveal(const PluginMetadata& plugin) {
    return plugin.sandbox == "keys" || isBlockingProvider(plugin);
}

ProbeHost::ProbeHost(const ProbeRequest& request, const PluginMetadata& plugin)
    : time_(fromUnixMs(request.clockUnixMs)),
      clock_(time_),
      secrets_(vault_, mayReveal(plugin) ? HostSecrets::Reveal::Allowed : HostSecrets::Reveal::Never),
      // No vault: what the daemon would hide is what the kit must see.
      log_([this](const PluginLogLine& line) { logText += line.event + " " + dumpJson(line.keys) + "\n"; }),
      temporaryFiles_(UniqueFd(), 64) {
    host.offer(static_cast<ClockService&>(clock_));
    host.offer(static_cast<SecretsService&>(secrets_));
    host.offer(static_cast<LogService&>(log_));
    host.offer(static_cast<CancelService&>(cancel));
    host.offer(static_cast<TemporaryFileService&>(temporaryFiles_));
}

Result<std::unique_ptr<ProbeHost>> ProbeHost::make(const ProbeRequest& request, const PluginMetadata& plugin,
                                                   ProgramLauncher* launcher) {
    std::unique_ptr<ProbeHost> made(new ProbeHost(request, plugin));
    if (launcher != nullptr) {
        made->programs.emplace(*launcher, made->cancel, plugin.programs,
                               findPrograms(plugin.programs).missing);
        made->host.offer(static_cast<ProgramService&>(*made->programs));
    }
    for (const auto& [option, bytes] : request.secrets)
        GREFFE_TRY(made->vault_.add(option, bytes));
    return made;
}

}  // namespace greffe::conformance
