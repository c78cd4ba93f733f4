// SPDX-License-Identifier: Apache-2.0
// The keys pool: digests in, seals out. A call with a document is refused, whatever it asks.
#include "base/json.h"
#include "plugin_host/operations.h"
#include "seal/digest_signing.h"

#include <greffe/capability/digest_signer.h>

#include <set>

namespace greffe {
namespace {

class KeyOperations final : public Operations {
public:
    explicit KeyOperations(HostedInstances& instances) : instances_(instances) {}

    CallOutcome run(const CallRequest& request) override {
        if (!request.inputs.empty())
            return rejectedOutcome(Reason::PluginFault, "the keys pool takes no documents");
        if (request.operation != "sign" && request.operation != "key.describe")
            return unknownOperation(request);
        CallOutcome problem;
        if (distrusted_.count(request.instance) != 0)
            return rejectedOutcome(Reason::KeyUnusable,
                                   "an earlier signature of this key did not verify; look at the machine");
        DigestSigning* signing = signingOf(request, problem);
        if (signing == nullptr) return problem;
        return request.operation == "sign" ? sign(*signing, request) : describeKey(*signing);
    }

private:
    // Opened at first use: the chain is asked for once per worker.
    DigestSigning* signingOf(const CallRequest& request, CallOutcome& problem) {
        const auto known = signings_.find(request.instance);
        if (known != signings_.end()) return &known->second;
        auto* signer = findCapability<DigestSigner>(instances_, request, problem);
        if (signer == nullptr) return nullptr;
        auto opened = DigestSigning::open(*signer);
        if (!opened) {
            problem = rejectedOutcome(Reason::KeyUnusable, opened.error().text());
            return nullptr;
        }
        return &signings_.emplace(request.instance, std::move(*opened)).first->second;
    }

    // attachments: digest → attachments: cms, signature_sha256 (the imprint of a time-stamp over this seal)
    CallOutcome sign(DigestSigning& signing, const CallRequest& request) {
        auto sealed = signing.signDigest(attachmentOf(request.attachments, "digest"));
        if (!sealed) {
            // A signature that does not fit its certificate: the key, the memory or the processor is not to
            // be trusted any more. This worker signs nothing else with it.
            if (sealed.error().code == Errc::Corrupt) distrusted_.insert(request.instance);
            CallOutcome outcome = rejectedOutcome(signingReason(sealed.error()), sealed.error().text());
            if (sealed.error().code == Errc::Busy) outcome.verdict = Verdict::RetryLater;
            return outcome;
        }
        CallOutcome outcome = doneOutcome("{}");
        outcome.attachments.push_back({"cms", std::move(sealed->cms)});
        outcome.attachments.push_back(
            {"signature_sha256", std::string(asBytes(sealed->signatureValueSha256))});
        return outcome;
    }

    static CallOutcome describeKey(DigestSigning& signing) {
        return doneOutcome(dumpJson({{"certificate_sha256", toHex(signing.chain().signerSha256())},
                                     {"signer", signing.chain().signerName()},
                                     {"cms_bytes", signing.estimateCmsBytes(false)},
                                     {"cms_bytes_with_timestamp", signing.estimateCmsBytes(true)}}));
    }

    HostedInstances& instances_;
    std::map<std::string, DigestSigning> signings_;
    std::set<std::string> distrusted_;  // instances
};

}  // namespace

std::unique_ptr<Operations> makeKeyOperations(HostedInstances& instances) {
    return std::make_unique<KeyOperations>(instances);
}

}  // namespace greffe
