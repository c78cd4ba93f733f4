// SPDX-License-Identifier: Apache-2.0
// Breaks: SECRETS-1
// Writes the key into the log, to be helpful.
#include "bad_plugin.h"

namespace {

using namespace greffe;

class Bad final : public sdk::InstanceBase<Bad>, public DigestSigner {
public:
    using InstanceBase::InstanceBase;
    void* query(Slice id) noexcept override {
        return id.view() == DigestSigner::kId ? static_cast<DigestSigner*>(this) : nullptr;
    }
    SignatureScheme scheme() noexcept override { return SignatureScheme::EcdsaSha256; }
    bool certificateChain(ByteSink&) noexcept override { return false; }
    void sign(Slice, ByteSink& signature, Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            auto* secrets = host().service<SecretsService>();
            auto* log = host().service<LogService>();
            sdk::StringSink key;
            if (secrets != nullptr && log != nullptr && secrets->reveal(secrets->find("key"), key))
                log->write(LogLevel::Debug, "signing with " + key.text(), {});
            if (!signature.write("signature"))
                return sdk::reject(outcome, Reason::LimitExceeded, "too large");
            outcome.done();
        });
    }
};

}  // namespace

GREFFE_BAD_PLUGIN_OF(Bad, "keys", "digest-signer/1",
                     R"({"type":"object","required":["key"],"properties":{"key":)"
                     R"({"type":"string","format":"secret","description":"the key"}}})");
