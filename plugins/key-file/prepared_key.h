// SPDX-License-Identifier: Apache-2.0
// A key ready to sign: contexts made once, since making them costs more than an ECDSA signature.
//
// Not thread-safe. Each worker has its own key object: RSA blinding in OpenSSL 3.0 takes a lock per key.
#pragma once

#include "key_material.h"

#include <greffe/capability/digest_signer.h>

#include <string>
#include <string_view>

namespace greffe::keyfile {

class PreparedKey {
public:
    // False with OpenSSL's reason in `reason`.
    bool prepare(EVP_PKEY* key, SignatureScheme scheme, std::string& reason);
    // SHA-256 of `bytes`, signed. False with the reason.
    bool sign(std::string_view bytes, std::string& signature, std::string& reason);
    // Signs and verifies a sentence: proves that the private key belongs to the certificate's public key.
    bool proveWith(X509* certificate, std::string& reason);
    void forget() noexcept;

    bool isReady() const { return signing_ != nullptr; }

private:
    using KeyContext = sdk::OpenSsl<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

    bool digestOf(std::string_view bytes, unsigned char digest[32]);

    SignatureScheme scheme_ = SignatureScheme::EcdsaSha256;
    sdk::OpenSsl<EVP_MD, EVP_MD_free> sha256_;
    sdk::OpenSsl<EVP_MD_CTX, EVP_MD_CTX_free> hashing_;
    KeyContext signing_;
    std::size_t maxSignatureBytes_ = 0;
};

}  // namespace greffe::keyfile
