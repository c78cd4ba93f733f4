// SPDX-License-Identifier: Apache-2.0
// "digest-signer/1": the only code that sees a seal key. Pool: keys. Effect class: idempotent.
//
// The worker's own code (not the plugin) builds the CMS signed attributes from a document digest and the
// certificate, so that this interface cannot be used to sign anything for anyone; what it gets is their DER.
#pragma once

#include <greffe/types.h>

namespace greffe {

enum class SignatureScheme : std::uint32_t {
    RsaPkcs1Sha256 = 1,  // RFC 8017
    EcdsaSha256 = 2,     // FIPS 186-4, DER-encoded (r, s)
    RsaPssSha256 = 3,
};

class DigestSigner {
public:
    static constexpr const char* kId = "digest-signer/1";

    virtual SignatureScheme scheme() noexcept = 0;
    // DER certificates, the signer's first, then towards the root; one write() each. False when none is
    // known.
    virtual bool certificateChain(ByteSink& certificates) noexcept = 0;
    // Hashes and signs `toBeSigned` (a few hundred bytes). One write() with the signature value.
    virtual void sign(Slice toBeSigned, ByteSink& signature, Outcome& outcome) noexcept = 0;

protected:
    ~DigestSigner() = default;
};

}  // namespace greffe
