// SPDX-License-Identifier: Apache-2.0
#include "seal/signer_chain.h"

#include <fmt/format.h>
#include <openssl/x509.h>

#include <algorithm>

namespace greffe {
namespace {

using Certificate = sdk::OpenSsl<X509, X509_free>;

constexpr int kMinRsaBits = 2048;

Result<Certificate> parseCertificate(const std::string& der, std::size_t index) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const unsigned char* const end = at + der.size();
    Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!certificate)
        return makeError(Errc::Invalid, fmt::format("certificate {} of the chain is not DER: {}", index + 1,
                                                    sdk::openSslErrors()));
    if (at != end)
        return makeError(Errc::Invalid, fmt::format("certificate {} of the chain has {} bytes behind it",
                                                    index + 1, end - at));
    return certificate;
}

// i2d functions allocate; the caller's string takes the bytes over.
template <class T>
Result<std::string> encode(int (*i2d)(const T*, unsigned char**), const T* object) {
    unsigned char* bytes = nullptr;
    const int size = i2d(object, &bytes);
    if (size < 0) return makeError(Errc::Internal, "cannot encode: " + sdk::openSslErrors());
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

bool isNistCurve(EVP_PKEY* key) {
    char group[64] = {};
    std::size_t size = 0;
    if (EVP_PKEY_get_group_name(key, group, sizeof group, &size) != 1) return false;
    const std::string_view name(group, size);
    return name == "prime256v1" || name == "secp384r1" || name == "secp521r1";
}

Result<KeyKind> kindOf(EVP_PKEY* key) {
    const int id = EVP_PKEY_get_base_id(key);
    if (id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS) {
        if (EVP_PKEY_get_bits(key) < kMinRsaBits)
            return makeError(Errc::Invalid,
                             fmt::format("the signer's RSA key has {} bits", EVP_PKEY_get_bits(key)),
                             "use a key of at least 2048 bits, or P-256");
        return id == EVP_PKEY_RSA ? KeyKind::Rsa : KeyKind::RsaPss;
    }
    if (id == EVP_PKEY_EC && isNistCurve(key)) return KeyKind::Ec;
    return makeError(Errc::Invalid, "the signer's key is neither RSA nor on a NIST curve",
                     "use RSA of at least 2048 bits, P-256 or P-384");
}

std::string nameOf(X509* certificate) {
    X509_NAME* const subject = X509_get_subject_name(certificate);
    for (const int part : {NID_commonName, NID_organizationName}) {
        const int at = X509_NAME_get_index_by_NID(subject, part, -1);
        if (at < 0) continue;
        unsigned char* text = nullptr;
        const int size =
            ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
        std::string name(reinterpret_cast<const char*>(text), size > 0 ? static_cast<std::size_t>(size) : 0);
        OPENSSL_free(text);
        if (!name.empty()) return name;
    }
    ERR_clear_error();
    return {};
}

}  // namespace

Result<SignerChain> SignerChain::fromDer(std::vector<std::string> certificates) {
    if (certificates.empty()) return makeError(Errc::Invalid, "the signer has no certificate");
    Certificate signer;
    for (std::size_t i = 0; i < certificates.size(); ++i) {
        GREFFE_TRY_ASSIGN(Certificate parsed, parseCertificate(certificates[i], i));
        if (i == 0) signer = std::move(parsed);
        // A CMS certificate set with the same element twice is not a set.
        if (std::find(certificates.begin(), certificates.begin() + static_cast<std::ptrdiff_t>(i),
                      certificates[i]) != certificates.begin() + static_cast<std::ptrdiff_t>(i))
            return makeError(Errc::Invalid, fmt::format("certificate {} stands twice in the chain", i + 1));
    }

    SignerChain chain;
    chain.publicKey_.reset(X509_get_pubkey(signer.get()));
    if (!chain.publicKey_)
        return makeError(Errc::Invalid, "the signer's public key is unreadable: " + sdk::openSslErrors());
    GREFFE_TRY_ASSIGN(chain.keyKind_, kindOf(chain.publicKey_.get()));
    GREFFE_TRY_ASSIGN(chain.issuerDer_, encode<X509_NAME>(i2d_X509_NAME, X509_get_issuer_name(signer.get())));
    GREFFE_TRY_ASSIGN(chain.serialDer_,
                      encode<ASN1_INTEGER>(i2d_ASN1_INTEGER, X509_get0_serialNumber(signer.get())));
    chain.signerName_ = nameOf(signer.get());
    chain.signerSha256_ = sha256(certificates.front());
    chain.certificates_ = std::move(certificates);
    return chain;
}

std::size_t SignerChain::maxSignatureBytes() const {
    return static_cast<std::size_t>(EVP_PKEY_get_size(publicKey_.get()));
}

}  // namespace greffe
