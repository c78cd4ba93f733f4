// SPDX-License-Identifier: Apache-2.0
#include "dossier/seal_progress.h"

#include "base/json.h"

namespace greffe {
namespace {

std::optional<SealProgress> progressOf(const EffectRow& effect) {
    const Json facts = storedJson(effect.factsJson);
    return SealProgress::fromJson(memberOf(facts, kSealProgress));
}

}  // namespace

Json SealProgress::toJson() const {
    return {
        {"digest", toHex(digest)},   {"reserve_bytes", reserveBytes}, {"cms", toHex(cms)},
        {"imprint", toHex(imprint)}, {"nonce", toHex(nonce)},         {"authority", authority},
        {"token", toHex(token)},     {"stamp", stampFacts},           {"certificate_sha256", certificate}};
}

std::optional<SealProgress> SealProgress::fromJson(const Json& json) {
    SealProgress progress;
    if (!json.is_object() || !fromHex(textOf(json, "digest"), progress.digest) ||
        !fromHex(textOf(json, "cms"), progress.cms) || !fromHex(textOf(json, "imprint"), progress.imprint) ||
        !fromHex(textOf(json, "nonce"), progress.nonce) || !fromHex(textOf(json, "token"), progress.token))
        return std::nullopt;
    progress.reserveBytes = numberOf(json, "reserve_bytes");
    progress.authority = textOf(json, "authority");
    progress.certificate = textOf(json, "certificate_sha256");
    progress.stampFacts = memberOf(json, "stamp");
    return progress;
}

const EffectRow* attemptWithToken(const DossierRun& run, const std::string& step, const std::string* branch) {
    const EffectRow* latest = nullptr;
    for (const EffectRow& effect : run.effects) {
        if (effect.step != step || (branch != nullptr && effect.branch != *branch) ||
            (latest != nullptr && latest->attempt > effect.attempt))
            continue;
        const auto progress = progressOf(effect);
        if (progress && !progress->token.empty()) latest = &effect;
    }
    return latest;
}

std::optional<SealProgress> SealProgress::find(const DossierRun& run, const EffectRow& effect) {
    if (auto own = progressOf(effect)) return own;
    const EffectRow* earlier = attemptWithToken(run, effect.step, &effect.branch);
    return earlier != nullptr ? progressOf(*earlier) : std::nullopt;
}

}  // namespace greffe
