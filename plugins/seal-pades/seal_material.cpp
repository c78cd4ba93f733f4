// SPDX-License-Identifier: Apache-2.0
#include "seal_material.h"

#include <greffe/sdk/openssl.h>

#include <openssl/asn1.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/sha.h>
#include <openssl/ts.h>
#include <openssl/x509.h>

#include <cstring>
#include <memory>
#include <new>

namespace greffe::seal_pades {
namespace {

using pdf::Check;
using pdf::Expected;
using pdf::Nothing;
using pdf::Refusal;

using CmsPointer = sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free>;
using Pkcs7Pointer = sdk::OpenSsl<PKCS7, PKCS7_free>;
using TstInfoPointer = sdk::OpenSsl<TS_TST_INFO, TS_TST_INFO_free>;
using EssPointer = sdk::OpenSsl<ESS_SIGNING_CERT_V2, ESS_SIGNING_CERT_V2_free>;

struct CertificatesFreed {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using Certificates = std::unique_ptr<STACK_OF(X509), CertificatesFreed>;

Refusal badSignature(const char* why) {
    return {Reason::KeyUnusable, std::string("the signature that came back: ") + why};
}
Refusal badToken(const char* why) {
    return {Reason::BadAnswer, std::string("the time-stamp that came back: ") + why};
}

// OpenSSL keeps a queue of errors per thread; what it says is in our own words already.
struct ErrorQueue {
    ErrorQueue() { ERR_clear_error(); }
    ~ErrorQueue() { ERR_clear_error(); }
    ErrorQueue(const ErrorQueue&) = delete;
    ErrorQueue& operator=(const ErrorQueue&) = delete;
};

Expected<CmsPointer> parseCms(std::string_view der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    CmsPointer cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
    if (!cms || OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed)
        return badSignature("is no CMS SignedData");
    if (at != reinterpret_cast<const unsigned char*>(der.data()) + der.size())
        return badSignature("has bytes behind its end");
    return cms;
}

Expected<CMS_SignerInfo*> onlySigner(CMS_ContentInfo* cms) {
    STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms);
    if (signers == nullptr || sk_CMS_SignerInfo_num(signers) != 1)
        return badSignature("does not have exactly one signer");
    return sk_CMS_SignerInfo_value(signers, 0);
}

// The signer's certificate first, then the others of the CMS.
Expected<Certificates> certificatesOf(CMS_ContentInfo* cms, CMS_SignerInfo* signer) {
    const Certificates all(CMS_get1_certs(cms));
    Certificates ordered(sk_X509_new_null());
    if (!ordered) throw std::bad_alloc();
    for (const bool wanted : {true, false})
        for (int i = 0; i < sk_X509_num(all.get()); ++i) {
            X509* certificate = sk_X509_value(all.get(), i);
            if ((CMS_SignerInfo_cert_cmp(signer, certificate) == 0) != wanted) continue;
            if (X509_up_ref(certificate) != 1 || sk_X509_push(ordered.get(), certificate) <= 0)
                throw std::bad_alloc();
        }
    if (sk_X509_num(ordered.get()) == 0 ||
        CMS_SignerInfo_cert_cmp(signer, sk_X509_value(ordered.get(), 0)) != 0)
        return badSignature("does not hold its signer's certificate");
    return ordered;
}

Check checkAttributes(CMS_SignerInfo* signer, const unsigned char digest[32],
                      const Certificates& certificates) {
    // -3: exactly one such attribute with exactly one value.
    const auto value = [&](int nid, int type) {
        return CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(nid), -3, type);
    };
    const auto* content = static_cast<const ASN1_OBJECT*>(value(NID_pkcs9_contentType, V_ASN1_OBJECT));
    if (content == nullptr || OBJ_obj2nid(content) != NID_pkcs7_data)
        return badSignature("has the wrong content type");
    const auto* message =
        static_cast<const ASN1_OCTET_STRING*>(value(NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING));
    if (message == nullptr || ASN1_STRING_length(message) != 32 ||
        std::memcmp(ASN1_STRING_get0_data(message), digest, 32) != 0)
        return badSignature("is over another document");
    if (CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1) >= 0)
        return badSignature("carries a signing time, which PAdES forbids");
    const auto* sequence =
        static_cast<const ASN1_STRING*>(value(NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE));
    if (sequence == nullptr) return badSignature("has no signing-certificate-v2 attribute");
    const unsigned char* at = ASN1_STRING_get0_data(sequence);
    const EssPointer ess(d2i_ESS_SIGNING_CERT_V2(nullptr, &at, ASN1_STRING_length(sequence)));
    if (!ess || OSSL_ESS_check_signing_certs(nullptr, ess.get(), certificates.get(), 1) != 1)
        return badSignature("names another certificate than its own");
    return Nothing{};
}

std::string signatureValue(CMS_SignerInfo* signer) {
    const ASN1_OCTET_STRING* value = CMS_SignerInfo_get0_signature(signer);
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

Check checkImprint(std::string_view token, const std::string& signature) {
    const auto* at = reinterpret_cast<const unsigned char*>(token.data());
    const Pkcs7Pointer container(d2i_PKCS7(nullptr, &at, static_cast<long>(token.size())));
    if (!container || at != reinterpret_cast<const unsigned char*>(token.data()) + token.size())
        return badToken("is no time-stamp token");
    const TstInfoPointer info(PKCS7_to_TS_TST_INFO(container.get()));
    if (!info) return badToken("is no time-stamp token");
    TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(info.get());
    const ASN1_OBJECT* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
    const ASN1_OCTET_STRING* stamped = TS_MSG_IMPRINT_get_msg(imprint);
    unsigned char expected[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(signature.data()), signature.size(), expected);
    if (OBJ_obj2nid(algorithm) != NID_sha256 || ASN1_STRING_length(stamped) != SHA256_DIGEST_LENGTH ||
        std::memcmp(ASN1_STRING_get0_data(stamped), expected, SHA256_DIGEST_LENGTH) != 0)
        return badToken("is over another signature");
    return Nothing{};
}

Expected<std::string> withToken(std::string_view cms, std::string_view token) {
    GREFFE_PDF_ASSIGN(const CmsPointer parsed, parseCms(cms));
    GREFFE_PDF_ASSIGN(CMS_SignerInfo* const signer, onlySigner(parsed.get()));
    GREFFE_PDF_TRY(checkImprint(token, signatureValue(signer)));
    if (CMS_unsigned_get_attr_by_NID(signer, NID_id_smime_aa_timeStampToken, -1) >= 0)
        return badToken("comes to a signature that has one already");
    if (CMS_unsigned_add1_attr_by_NID(signer, NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE, token.data(),
                                      static_cast<int>(token.size())) != 1)
        throw std::bad_alloc();
    unsigned char* der = nullptr;
    const int size = i2d_CMS_ContentInfo(parsed.get(), &der);
    if (size <= 0) return badSignature("cannot be written");
    std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return bytes;
}

Check checkCms(std::string_view der, const unsigned char digest[32]) {
    GREFFE_PDF_ASSIGN(const CmsPointer cms, parseCms(der));
    ASN1_OCTET_STRING** content = CMS_get0_content(cms.get());
    if (OBJ_obj2nid(CMS_get0_eContentType(cms.get())) != NID_pkcs7_data || content == nullptr ||
        *content != nullptr)
        return badSignature("is not detached");
    GREFFE_PDF_ASSIGN(CMS_SignerInfo* const signer, onlySigner(cms.get()));
    GREFFE_PDF_ASSIGN(const Certificates certificates, certificatesOf(cms.get(), signer));
    X509_ALGOR* digestAlgorithm = nullptr;
    CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digestAlgorithm, nullptr);
    const ASN1_OBJECT* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, digestAlgorithm);
    if (OBJ_obj2nid(algorithm) != NID_sha256) return badSignature("does not use SHA-256");
    GREFFE_PDF_TRY(checkAttributes(signer, digest, certificates));
    CMS_SignerInfo_set1_signer_cert(signer, sk_X509_value(certificates.get(), 0));
    if (CMS_SignerInfo_verify(signer) != 1) return badSignature("does not verify with its certificate");
    return Nothing{};
}

}  // namespace

Expected<std::string> assembleCms(std::string_view cms, std::string_view token,
                                  const unsigned char digest[32]) {
    const ErrorQueue queue;
    std::string assembled(cms);
    if (!token.empty()) {
        GREFFE_PDF_ASSIGN(assembled, withToken(cms, token));
    }
    GREFFE_PDF_TRY(checkCms(assembled, digest));
    return assembled;
}

}  // namespace greffe::seal_pades
