// SPDX-License-Identifier: Apache-2.0
#include "signature_check.h"

#include "cms_view.h"

#include <greffe/sdk/openssl.h>

#include <openssl/asn1.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace greffe::seal_pades {
namespace {

constexpr std::string_view kOidRsa("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01", 9);
constexpr std::string_view kOidRsaPss("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A", 9);
constexpr std::string_view kOidRsaSha256("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B", 9);
constexpr std::string_view kOidEcdsaSha256("\x2A\x86\x48\xCE\x3D\x04\x03\x02", 8);
constexpr int kSaltBytes = 32;

const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool isSha256(const X509_ALGOR* algorithm) {
    if (algorithm == nullptr) return false;  // the default of PSS is SHA-1
    const ASN1_OBJECT* oid = nullptr;
    X509_ALGOR_get0(&oid, nullptr, nullptr, algorithm);
    return OBJ_obj2nid(oid) == NID_sha256;
}

bool areUsualPssParameters(std::string_view algorithm) {
    DerReader reader(algorithm);
    reader.next(kDerOid);
    const auto sequence = reader.next(kDerSequence);
    if (!sequence) return false;
    const unsigned char* at = bytesOf(sequence->bytes);
    const sdk::OpenSsl<RSA_PSS_PARAMS, RSA_PSS_PARAMS_free> parameters(
        d2i_RSA_PSS_PARAMS(nullptr, &at, static_cast<long>(sequence->bytes.size())));
    if (!parameters || !isSha256(parameters->hashAlgorithm) || parameters->maskGenAlgorithm == nullptr)
        return false;
    const ASN1_OBJECT* mask = nullptr;
    const void* value = nullptr;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(&mask, &type, &value, parameters->maskGenAlgorithm);
    if (OBJ_obj2nid(mask) != NID_mgf1 || type != V_ASN1_SEQUENCE) return false;
    const auto* maskHash = static_cast<const ASN1_STRING*>(value);
    at = ASN1_STRING_get0_data(maskHash);
    const sdk::OpenSsl<X509_ALGOR, X509_ALGOR_free> hash(
        d2i_X509_ALGOR(nullptr, &at, ASN1_STRING_length(maskHash)));
    return isSha256(hash.get()) && parameters->saltLength != nullptr &&
           ASN1_INTEGER_get(parameters->saltLength) == kSaltBytes;
}

}  // namespace

bool signatureVerifies(EVP_PKEY* key, std::string_view algorithm, std::string_view signature,
                       std::string_view signedBytes) {
    const std::string_view oid = algorithmOf(algorithm);
    const bool isPss = oid == kOidRsaPss;
    const bool isEcdsa = oid == kOidEcdsaSha256;
    if (!isPss && !isEcdsa && oid != kOidRsa && oid != kOidRsaSha256) return false;
    const bool isPssKey = EVP_PKEY_is_a(key, "RSA-PSS") == 1;
    if (isEcdsa ? EVP_PKEY_is_a(key, "EC") != 1 : !(EVP_PKEY_is_a(key, "RSA") == 1 || (isPss && isPssKey)))
        return false;
    if (isPss && !areUsualPssParameters(algorithm)) return false;
    const sdk::OpenSsl<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    if (!context || EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha256(), nullptr, key) != 1)
        return false;
    if (isPss && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
                  EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_sha256()) != 1 ||
                  EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, kSaltBytes) != 1))
        return false;
    return EVP_DigestVerify(context.get(), bytesOf(signature), signature.size(), bytesOf(signedBytes),
                            signedBytes.size()) == 1;
}

}  // namespace greffe::seal_pades
