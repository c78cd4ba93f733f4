// SPDX-License-Identifier: Apache-2.0
// A signer without a plugin: signs with a test identity, and misbehaves as told.
#pragma once

#include "support/test_pki.h"

#include <greffe/capability/digest_signer.h>

#include <openssl/rsa.h>

#include <string>
#include <vector>

namespace greffe {

class SoftwareSigner final : public DigestSigner {
public:
    SoftwareSigner(const TestIdentity& identity, SignatureScheme scheme)
        : identity_(identity), scheme_(scheme), chain(identity.chainDer()) {}

    SignatureScheme scheme() noexcept override { return scheme_; }
    bool certificateChain(ByteSink& certificates) noexcept override {
        for (const std::string& each : chain)
            if (!certificates.write(std::string_view(each))) return false;
        return !chain.empty();
    }
    void sign(Slice toBeSigned, ByteSink& signature, Outcome& outcome) noexcept override {
        ++calls;
        lastToBeSigned = toBeSigned.view();
        std::string value = signatureOver(toBeSigned.view());
        if (flipBit) value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
        for (int i = 0; i < writes; ++i)
            signature.write(std::string_view(value));
        switch (ending) {
            case Verdict::Done: outcome.done(); break;
            case Verdict::RetryLater: outcome.retryLater(7, "rate_limited", "the card is busy"); break;
            case Verdict::Rejected: outcome.rejected("key_unusable", "the card is locked"); break;
            case Verdict::Waiting: outcome.waiting("x", 0, 0); break;
            case Verdict::Uncertain: outcome.uncertain("?"); break;
        }
        if (isTalkative) outcome.done();
    }

    std::string signatureOver(std::string_view bytes) const {
        const sdk::OpenSsl<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
        EVP_PKEY_CTX* keyContext = nullptr;
        EVP_DigestSignInit(context.get(), &keyContext, EVP_sha256(), nullptr, identity_.key.get());
        if (scheme_ == SignatureScheme::RsaPssSha256) {
            EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING);
            EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, saltBytes);
        }
        std::size_t size = 1024;
        std::string value(size, '\0');
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(value.data()), &size,
                       reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
        value.resize(size);
        return value;
    }

private:
    const TestIdentity& identity_;
    SignatureScheme scheme_;

public:
    std::vector<std::string> chain;
    int calls = 0;
    std::string lastToBeSigned;
    int writes = 1;
    bool flipBit = false;
    bool isTalkative = false;
    int saltBytes = RSA_PSS_SALTLEN_DIGEST;
    Verdict ending = Verdict::Done;
};

}  // namespace greffe
