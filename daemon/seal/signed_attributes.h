// SPDX-License-Identifier: Apache-2.0
// The CMS signed attributes of a seal: what the key really signs.
//
// contentType id-data, messageDigest and ESS signing-certificate-v2 (RFC 5035), and nothing else: PAdES
// baseline forbids signingTime (EN 319 142-1: the claimed time is the signature dictionary's /M), which
// OpenSSL's CMS always adds. Only the digest varies from seal to seal; the rest is encoded once.
#pragma once

#include "seal/signer_chain.h"

#include <string>

namespace greffe {

class SignedAttributes {
public:
    explicit SignedAttributes(const SignerChain& chain);

    // DER with the tag of a SET OF (0x31), elements sorted: the bytes to hash and sign (RFC 5652, 5.4).
    std::string toBeSigned(const Digest& documentDigest) const;
    std::size_t sizeBytes() const { return encoded_.size(); }

private:
    std::string encoded_;  // with 32 zero bytes in the digest's place
    std::size_t digestOffset_;
};

}  // namespace greffe
