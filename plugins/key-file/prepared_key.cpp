// SPDX-License-Identifier: Apache-2.0
#include "prepared_key.h"

#include <openssl/rsa.h>

namespace greffe::keyfile {
namespace {

constexpr std::size_t kDigestBytes = 32;

bool setScheme(EVP_PKEY_CTX* context, SignatureScheme scheme) {
    if (EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) != 1) return false;
    if (scheme == SignatureScheme::EcdsaSha256) return true;
    if (scheme == SignatureScheme::RsaPkcs1Sha256)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

unsigned char* writable(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

bool PreparedKey::prepare(EVP_PKEY* key, SignatureScheme scheme, std::string& reason) {
    scheme_ = scheme;
    sha256_.reset(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    hashing_.reset(EVP_MD_CTX_new());
    KeyContext context(EVP_PKEY_CTX_new(key, nullptr));
    if (!sha256_ || !hashing_ || !context || EVP_PKEY_sign_init(context.get()) != 1 ||
        !setScheme(context.get(), scheme)) {
        reason = sdk::openSslErrors();
        return false;
    }
    signing_ = std::move(context);
    maxSignatureBytes_ = static_cast<std::size_t>(EVP_PKEY_get_size(key));
    return true;
}

bool PreparedKey::digestOf(std::string_view bytes, unsigned char digest[32]) {
    return EVP_DigestInit_ex2(hashing_.get(), sha256_.get(), nullptr) == 1 &&
           EVP_DigestUpdate(hashing_.get(), bytes.data(), bytes.size()) == 1 &&
           EVP_DigestFinal_ex(hashing_.get(), digest, nullptr) == 1;
}

bool PreparedKey::sign(std::string_view bytes, std::string& signature, std::string& reason) {
    unsigned char digest[kDigestBytes];
    signature.resize(maxSignatureBytes_);
    std::size_t size = signature.size();
    if (!digestOf(bytes, digest) ||
        EVP_PKEY_sign(signing_.get(), writable(signature), &size, digest, kDigestBytes) != 1) {
        signature.clear();
        reason = sdk::openSslErrors();
        return false;
    }
    signature.resize(size);
    return true;
}

bool PreparedKey::proveWith(X509* certificate, std::string& reason) {
    constexpr std::string_view kSentence = "greffe: does this key belong to this certificate?";
    std::string signature;
    if (!sign(kSentence, signature, reason)) return false;
    unsigned char digest[kDigestBytes];
    const KeyContext checking(EVP_PKEY_CTX_new(X509_get0_pubkey(certificate), nullptr));
    if (digestOf(kSentence, digest) && checking && EVP_PKEY_verify_init(checking.get()) == 1 &&
        setScheme(checking.get(), scheme_) &&
        EVP_PKEY_verify(checking.get(), writable(signature), signature.size(), digest, kDigestBytes) == 1)
        return true;
    reason = "its signature does not verify with the certificate: " + sdk::openSslErrors();
    return false;
}

void PreparedKey::forget() noexcept {
    signing_.reset();
    hashing_.reset();
    sha256_.reset();
}

}  // namespace greffe::keyfile
