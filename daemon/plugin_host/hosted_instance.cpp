// SPDX-License-Identifier: Apache-2.0
#include "plugin_host/hosted_instance.h"

#include "sys/files.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

namespace greffe {
namespace {

constexpr std::uint64_t kMaxSecretBytes = 1U << 20U;

// A trailing line break is an editor's, not the password's.
std::string_view withoutLineBreak(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

}  // namespace

HostedInstance::HostedInstance(const InstanceSetup& setup, HostSecrets::Reveal reveal, SharedServices& shared)
    : setup_(setup), hostSecrets_(vault_, reveal), log_(shared.log, &vault_) {
    host_.offer<LogService>(log_);
    host_.offer<ClockService>(shared.clock);
    host_.offer<SecretsService>(hostSecrets_);
    host_.offer<CancelService>(shared.cancel);
    host_.offer<TemporaryFileService>(shared.temporaryFiles);
}

Status HostedInstance::addSecrets(std::vector<WorkerSetup::Secret>& secrets) {
    for (WorkerSetup::Secret& secret : secrets) {
        if (secret.instance != setup_.name) continue;
        auto bytes = readAll(secret.fd.get(), kMaxSecretBytes);
        secret.fd.reset();
        if (!bytes) return bytes.error();
        const Status added = vault_.add(secret.option, withoutLineBreak(*bytes));
        OPENSSL_cleanse(bytes->data(), bytes->size());
        GREFFE_TRY(added);
    }
    return {};
}

Result<std::unique_ptr<HostedInstance>> HostedInstance::start(const InstanceSetup& setup, PoolKind pool,
                                                              std::vector<WorkerSetup::Secret>& secrets,
                                                              SharedServices& shared) {
    GREFFE_TRY_ASSIGN(const PluginMetadata metadata, readMetadata(setup.plugin));
    const bool isForThisPool = metadata.sandbox == poolName(pool);
    if (!isForThisPool)
        return makeError(Errc::Denied,
                         fmt::format("plugin {} asks for the pool \"{}\" and is configured in \"{}\"",
                                     metadata.id, metadata.sandbox, poolName(pool)));
    const bool isHttp = metadata.offers("timestamp-authority/1") || metadata.offers("event-notifier/1");
    const bool mayReveal = pool == PoolKind::Keys || (pool == PoolKind::Providers && !isHttp);
    std::unique_ptr<HostedInstance> hosted(new HostedInstance(
        setup, mayReveal ? HostSecrets::Reveal::Allowed : HostSecrets::Reveal::Never, shared));
    GREFFE_TRY(hosted->addSecrets(secrets));
    if (shared.launcher) {
        hosted->programs_.emplace(*shared.launcher, shared.cancel, metadata.programs,
                                  findPrograms(metadata.programs).missing);
        hosted->host_.offer<ProgramService>(*hosted->programs_);
    }
    GREFFE_TRY_ASSIGN(hosted->library_, PluginLibrary::load(metadata));
    GREFFE_TRY_ASSIGN(PluginInstance instance,
                      PluginInstance::create(hosted->library_->descriptor(), hosted->host_));
    hosted->instance_.emplace(std::move(instance));
    const Status started = hosted->instance_->start(setup.optionsJson);
    if (!started)
        return makeError(
            started.error().code,
            fmt::format("instance \"{}\" of plugin {}: {}", setup.name, metadata.id, started.error().message),
            started.error().advice);
    return hosted;
}

}  // namespace greffe
