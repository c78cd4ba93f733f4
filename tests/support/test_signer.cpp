// SPDX-License-Identifier: Apache-2.0
#include "support/test_signer.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace greffe {
namespace {

void need(bool worked, const char* what) {
    if (!worked) throw std::runtime_error(std::string(what) + ": " + sdk::openSslErrors());
}

template <class T, class Write>
std::string derOf(T* object, Write write) {
    unsigned char* bytes = nullptr;
    const int size = write(object, &bytes);
    need(size > 0, "DER");
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

EVP_PKEY* newKey(TestSigner::Key kind) {
    EVP_PKEY* key = kind == TestSigner::Key::Rsa2048 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    need(key != nullptr, "key");
    return key;
}

void addExtension(X509* certificate, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const sdk::OpenSsl<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    need(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

struct Extension {
    int nid;
    const char* value;
};

// Signed by `issuer`, or by itself when that is null.
X509* newCertificate(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuerKey,
                     const std::vector<Extension>& extensions) {
    sdk::OpenSsl<X509, X509_free> certificate(X509_new());
    need(X509_set_version(certificate.get(), 2) == 1, "version");
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1U);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600L * 24 * 365);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>("Greffe tests"), -1, -1, 0);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name), -1,
                               -1, 0);
    X509_set_issuer_name(certificate.get(), issuer != nullptr ? X509_get_subject_name(issuer) : subject);
    for (const Extension& extension : extensions)
        addExtension(certificate.get(), extension.nid, extension.value);
    need(X509_sign(certificate.get(), issuerKey, EVP_sha256()) > 0, "certificate");
    return certificate.release();
}

// DER SET OF: sorted, with the universal tag that the signature is over (RFC 5652, 5.4).
std::string setOfAttributes(CMS_SignerInfo* signer) {
    std::vector<std::string> attributes;
    for (int i = 0; i < CMS_signed_get_attr_count(signer); ++i)
        attributes.push_back(derOf(CMS_signed_get_attr(signer, i), i2d_X509_ATTRIBUTE));
    std::sort(attributes.begin(), attributes.end());
    std::string body;
    for (const std::string& attribute : attributes)
        body += attribute;
    std::string set = "\x31";
    if (body.size() >= 256) {
        set += "\x82";
        set += static_cast<char>(body.size() >> 8U);
    } else if (body.size() >= 128) {
        set += "\x81";
    }
    return set + static_cast<char>(body.size() & 0xFFU) + body;
}

std::string signBytes(EVP_PKEY* key, const std::string& bytes) {
    const sdk::OpenSsl<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    need(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1, "sign");
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
    std::size_t size = signature.size();
    need(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                        reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1,
         "sign");
    signature.resize(size);
    return signature;
}

ASN1_INTEGER* nextSerial(TS_RESP_CTX*, void*) {
    static thread_local std::int64_t last = 0;
    ASN1_INTEGER* serial = ASN1_INTEGER_new();
    ASN1_INTEGER_set_int64(serial, ++last);
    return serial;
}

}  // namespace

TestSigner::TestSigner(Key key) : authorityKey_(newKey(key)), sealKey_(newKey(key)), stampKey_(newKey(key)) {
    authority_.reset(newCertificate(
        "Test authority", authorityKey_.get(), nullptr, authorityKey_.get(),
        {{NID_basic_constraints, "critical,CA:TRUE"}, {NID_key_usage, "critical,keyCertSign"}}));
    seal_.reset(newCertificate("Test seal", sealKey_.get(), authority_.get(), authorityKey_.get(),
                               {{NID_key_usage, "critical,digitalSignature,nonRepudiation"}}));
    stamp_.reset(newCertificate(
        "Test time", stampKey_.get(), authority_.get(), authorityKey_.get(),
        {{NID_key_usage, "critical,digitalSignature"}, {NID_ext_key_usage, "critical,timeStamping"}}));
}

std::string TestSigner::sign(std::string_view digest, Fault fault) const {
    STACK_OF(X509)* others = sk_X509_new_null();
    sk_X509_push(others, authority_.get());
    constexpr unsigned int kFlags = CMS_DETACHED | CMS_BINARY | CMS_PARTIAL;
    const sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free> cms(
        CMS_sign(nullptr, nullptr, others, nullptr, kFlags));
    sk_X509_free(others);
    need(cms != nullptr, "CMS");
    // CMS_CADES adds signing-certificate-v2. For a wrong one the attribute is made for another certificate.
    unsigned int flags = CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP;
    if (fault != Fault::NoSigningCertificate) flags |= CMS_CADES;
    CMS_SignerInfo* signer = CMS_add1_signer(cms.get(), seal_.get(), sealKey_.get(), EVP_sha256(), flags);
    need(signer != nullptr, "signer");
    if (fault == Fault::OtherCertificate) {
        const sdk::OpenSsl<ESS_SIGNING_CERT_V2, ESS_SIGNING_CERT_V2_free> other(
            OSSL_ESS_signing_cert_v2_new_init(EVP_sha256(), authority_.get(), nullptr, 1));
        const std::string der = derOf(other.get(), i2d_ESS_SIGNING_CERT_V2);
        const int at = CMS_signed_get_attr_by_NID(signer, NID_id_smime_aa_signingCertificateV2, -1);
        X509_ATTRIBUTE_free(CMS_signed_delete_attr(signer, at));
        CMS_signed_add1_attr_by_NID(signer, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE, der.data(),
                                    static_cast<int>(der.size()));
    }
    CMS_signed_add1_attr_by_NID(
        signer, NID_pkcs9_contentType, V_ASN1_OBJECT,
        OBJ_nid2obj(fault == Fault::WrongContentType ? NID_pkcs7_signed : NID_pkcs7_data), -1);
    CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest.data(),
                                static_cast<int>(digest.size()));
    if (fault == Fault::SigningTime) {
        const sdk::OpenSsl<ASN1_TIME, ASN1_TIME_free> now(X509_gmtime_adj(nullptr, 0));
        CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, now->type, now.get(), -1);
    }
    std::string signature = signBytes(sealKey_.get(), setOfAttributes(signer));
    if (fault == Fault::WrongSignature) signature = signBytes(sealKey_.get(), "something else");
    ASN1_STRING_set(CMS_SignerInfo_get0_signature(signer), signature.data(),
                    static_cast<int>(signature.size()));
    return derOf(cms.get(), i2d_CMS_ContentInfo);
}

std::string TestSigner::timestamp(std::string_view imprint, std::string_view nonce) const {
    const sdk::OpenSsl<TS_RESP_CTX, TS_RESP_CTX_free> context(TS_RESP_CTX_new());
    STACK_OF(X509)* chain = sk_X509_new_null();
    sk_X509_push(chain, authority_.get());
    TS_RESP_CTX_set_serial_cb(context.get(), nextSerial, nullptr);
    TS_RESP_CTX_set_signer_cert(context.get(), stamp_.get());
    TS_RESP_CTX_set_signer_key(context.get(), stampKey_.get());
    TS_RESP_CTX_set_certs(context.get(), chain);
    TS_RESP_CTX_set_signer_digest(context.get(), EVP_sha256());
    TS_RESP_CTX_set_ess_cert_id_digest(context.get(), EVP_sha256());
    TS_RESP_CTX_add_md(context.get(), EVP_sha256());
    const sdk::OpenSsl<ASN1_OBJECT, ASN1_OBJECT_free> policy(OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1));
    TS_RESP_CTX_set_def_policy(context.get(), policy.get());
    sk_X509_free(chain);

    const sdk::OpenSsl<TS_REQ, TS_REQ_free> request(TS_REQ_new());
    const sdk::OpenSsl<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> message(TS_MSG_IMPRINT_new());
    const sdk::OpenSsl<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
    X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr);
    TS_MSG_IMPRINT_set_algo(message.get(), algorithm.get());
    std::string bytes(imprint);
    TS_MSG_IMPRINT_set_msg(message.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                           static_cast<int>(bytes.size()));
    TS_REQ_set_version(request.get(), 1);
    TS_REQ_set_msg_imprint(request.get(), message.get());
    TS_REQ_set_cert_req(request.get(), 1);
    if (!nonce.empty()) {
        const sdk::OpenSsl<BIGNUM, BN_free> number(BN_bin2bn(
            reinterpret_cast<const unsigned char*>(nonce.data()), static_cast<int>(nonce.size()), nullptr));
        const sdk::OpenSsl<ASN1_INTEGER, ASN1_INTEGER_free> encoded(
            BN_to_ASN1_INTEGER(number.get(), nullptr));
        TS_REQ_set_nonce(request.get(), encoded.get());
    }
    const sdk::OpenSsl<BIO, BIO_free> wire(BIO_new(BIO_s_mem()));
    i2d_TS_REQ_bio(wire.get(), request.get());
    const sdk::OpenSsl<TS_RESP, TS_RESP_free> response(TS_RESP_create_response(context.get(), wire.get()));
    need(response != nullptr && TS_RESP_get_token(response.get()) != nullptr, "time-stamp");
    return derOf(TS_RESP_get_token(response.get()), i2d_PKCS7);
}

std::string TestSigner::signatureValue(std::string_view cms) {
    const auto* at = reinterpret_cast<const unsigned char*>(cms.data());
    const sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free> parsed(
        d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(cms.size())));
    need(parsed != nullptr, "CMS");
    const ASN1_OCTET_STRING* value =
        CMS_SignerInfo_get0_signature(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(parsed.get()), 0));
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

std::string TestSigner::authorityPem() const {
    const sdk::OpenSsl<BIO, BIO_free> memory(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(memory.get(), authority_.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

std::string sha256Of(std::string_view first, std::string_view second) {
    const sdk::OpenSsl<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    need(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1 &&
             EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1 &&
             EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1 &&
             EVP_DigestFinal_ex(context.get(), out, &size) == 1,
         "digest");
    return {reinterpret_cast<const char*>(out), size};
}

}  // namespace greffe
