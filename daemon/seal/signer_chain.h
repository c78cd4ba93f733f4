// SPDX-License-Identifier: Apache-2.0
// The certificates of one seal key, taken apart once: what the CMS repeats for every seal, and the public key
// that every signature is checked with before it leaves.
//
// Parses only certificates that the administrator configured. Not thread-safe; one per key and worker.
#pragma once

#include "base/result.h"
#include "base/sha256.h"

#include <greffe/sdk/openssl.h>

#include <openssl/evp.h>

#include <string>
#include <vector>

namespace greffe {

enum class KeyKind { Rsa, RsaPss, Ec };

class SignerChain {
public:
    // DER certificates, the signer's first. Errc::Invalid: none, one that is no certificate or has bytes
    // behind it, one twice, or a signer's key that seals nothing here (RSA below 2048 bits, neither RSA nor a
    // NIST curve).
    static Result<SignerChain> fromDer(std::vector<std::string> certificates);

    const std::vector<std::string>& certificates() const { return certificates_; }
    const Digest& signerSha256() const { return signerSha256_; }
    // The signer's common name, else its organisation, in UTF-8; empty when the certificate has neither.
    const std::string& signerName() const { return signerName_; }
    // Name and INTEGER, byte for byte as the certificate has them.
    const std::string& issuerDer() const { return issuerDer_; }
    const std::string& serialDer() const { return serialDer_; }

    KeyKind keyKind() const { return keyKind_; }
    EVP_PKEY* publicKey() const { return publicKey_.get(); }
    std::size_t maxSignatureBytes() const;

private:
    SignerChain() = default;

    std::vector<std::string> certificates_;
    Digest signerSha256_{};
    std::string signerName_;
    std::string issuerDer_;
    std::string serialDer_;
    KeyKind keyKind_ = KeyKind::Rsa;
    sdk::OpenSsl<EVP_PKEY, EVP_PKEY_free> publicKey_;
};

}  // namespace greffe
