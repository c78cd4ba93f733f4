// SPDX-License-Identifier: Apache-2.0
// greffe seal: the daemon's own seal step, with a plan that has one key and, for B-T, one authority.
#include "oneshot/jobs.h"

#include <fmt/format.h>

#include <filesystem>

namespace greffe {
namespace {

constexpr const char* kKey = "key";
constexpr const char* kAuthority = "authority";
constexpr std::uint32_t kDeadlineSeconds = 120;

std::string absolutePath(const std::string& path) {
    std::error_code ignored;
    return std::filesystem::absolute(path, ignored).string();
}

InstancePlan keyInstance(const SealJob& job) {
    InstancePlan key;
    key.role = "key";
    key.name = kKey;
    key.plugin = "key-file";
    key.sandbox = "keys";
    key.capabilities = {"digest-signer/1"};
    const std::pair<const char*, const std::string*> secrets[] = {{"private_key", &job.key},
                                                                  {"certificate", &job.certificate},
                                                                  {"pkcs12", &job.pkcs12},
                                                                  {"passphrase", &job.passphrase}};
    for (const auto& [option, path] : secrets)
        if (!path->empty()) key.secrets[option] = absolutePath(*path);
    return key;
}

InstancePlan authorityInstance(const SealJob& job) {
    InstancePlan authority;
    authority.role = "timestamp_authority";
    authority.name = kAuthority;
    authority.plugin = "tsa-rfc3161";
    authority.sandbox = "providers";
    authority.capabilities = {"timestamp-authority/1"};
    Json options = {{"url", job.authority}};
    if (!job.authorityRoots.empty()) options["trust_anchors"] = absolutePath(job.authorityRoots);
    authority.optionsJson = dumpJson(options);
    // Typed by a person for this one document, where a configuration would have to say so: authorities speak
    // plain http as a rule, since a token is signed.
    authority.hostOptionsJson = dumpJson({{"allow_http", true}, {"allow_private_address", true}});
    return authority;
}

StepPlan sealStepPlan(const SealJob& job) {
    Json options = {{"document", "document"},
                    {"key", kKey},
                    {"level", job.level},
                    {"authorities", Json::array()},
                    {"on_no_timestamp", "fail"}};
    if (!job.authority.empty()) options["authorities"].push_back(kAuthority);
    if (!job.reason.empty()) options["reason"] = job.reason;
    if (!job.location.empty()) options["location"] = job.location;
    StepPlan step;
    step.id = "seal";
    step.kind = "seal";
    step.effect = EffectClass::Idempotent;
    step.optionsJson = dumpJson(options);
    step.deadlineSeconds = kDeadlineSeconds;
    return step;
}

}  // namespace

SealedDocument sealDocument(const HousePaths& paths, const CallInput& document, const SealJob& job,
                            const OneShot::Began& began) {
    const auto plan = planWith({keyInstance(job)});
    if (!job.authority.empty()) plan->instances.push_back(authorityInstance(job));
    OneShot shot(plan, paths, began);
    OneShot::StepResult result = shot.run(sealStepPlan(job), {document});
    SealedDocument sealed;
    sealed.verdict = verdictOf(result.end, shot.trouble());
    if (sealed.verdict.standing != Standing::Good) return sealed;
    // No silent downgrade, whatever the step thought it was asked.
    if (const std::string level = textOf(result.end.facts, "level"); level != job.level) {
        sealed.verdict.add(
            Standing::Unknown,
            {std::string(reasonCode(Reason::PluginFault)),
             fmt::format("level {} was asked for and {} was made; nothing was written", job.level, level)});
        return sealed;
    }
    if (result.kept.size() != 1 || result.kept.front().baseInput != 0) {
        sealed.verdict.add(Standing::Unknown, {std::string(reasonCode(Reason::PluginFault)),
                                               "the sealer did not give one extension of the document"});
        return sealed;
    }
    sealed.tail = std::move(result.kept.front());
    return sealed;
}

}  // namespace greffe
