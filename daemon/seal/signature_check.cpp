// SPDX-License-Identifier: Apache-2.0
#include "seal/signature_check.h"

#include <openssl/rsa.h>

namespace greffe {
namespace {

bool setScheme(EVP_PKEY_CTX* context, SignatureScheme scheme) {
    if (EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) != 1) return false;
    if (scheme == SignatureScheme::EcdsaSha256) return true;
    if (scheme == SignatureScheme::RsaPkcs1Sha256)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    // The salt's length is written into the CMS, so a signature with another one must not pass.
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

Result<SignatureCheck> SignatureCheck::create(EVP_PKEY* publicKey, SignatureScheme scheme) {
    Context context(EVP_PKEY_CTX_new(publicKey, nullptr));
    if (!context || EVP_PKEY_verify_init(context.get()) != 1 || !setScheme(context.get(), scheme))
        return makeError(Errc::Invalid,
                         "the public key cannot verify this signature scheme: " + sdk::openSslErrors());
    return SignatureCheck(std::move(context));
}

bool SignatureCheck::verify(const Digest& digest, std::string_view signature) {
    const bool isRight =
        EVP_PKEY_verify(context_.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                        signature.size(), digest.data(), digest.size()) == 1;
    if (!isRight) ERR_clear_error();
    return isRight;
}

}  // namespace greffe
