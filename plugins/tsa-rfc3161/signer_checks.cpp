// SPDX-License-Identifier: Apache-2.0
#include "signer_checks.h"

#include "ess_certificate.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

namespace greffe::tsa {
namespace {

void freeCertificates(STACK_OF(X509) * stack) {
    sk_X509_pop_free(stack, X509_free);
}
void freeBorrowed(STACK_OF(X509) * stack) {
    sk_X509_free(stack);
}
using Certificates = sdk::OpenSsl<STACK_OF(X509), freeCertificates>;
using Borrowed = sdk::OpenSsl<STACK_OF(X509), freeBorrowed>;

bool isStrong(int digestNid) {
    return digestNid == NID_sha256 || digestNid == NID_sha384 || digestNid == NID_sha512 ||
           digestNid == NID_sha3_256 || digestNid == NID_sha3_384 || digestNid == NID_sha3_512;
}

// RFC 3161, 2.3: the extension is critical and names timeStamping alone. OpenSSL's purpose check would let a
// second purpose pass that it has no name for.
bool isForTimestampsOnly(X509* certificate) {
    const int at = X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1);
    if (at < 0 || X509_get_ext_by_NID(certificate, NID_ext_key_usage, at) >= 0) return false;
    X509_EXTENSION* const extension = X509_get_ext(certificate, at);
    if (X509_EXTENSION_get_critical(extension) != 1) return false;
    const sdk::OpenSsl<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free> uses(
        static_cast<EXTENDED_KEY_USAGE*>(X509V3_EXT_d2i(extension)));
    return uses && sk_ASN1_OBJECT_num(uses.get()) == 1 &&
           OBJ_obj2nid(sk_ASN1_OBJECT_value(uses.get(), 0)) == NID_time_stamp;
}

std::string nameOf(X509* certificate) {
    const sdk::OpenSsl<BIO, BIO_free_all> text(BIO_new(BIO_s_mem()));
    if (!text) return {};
    X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0,
                       XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(text.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

bool isInDateAt(X509* certificate, std::int64_t unix) {
    auto time = static_cast<std::time_t>(unix);
    return X509_cmp_time(X509_get0_notBefore(certificate), &time) < 0 &&
           X509_cmp_time(X509_get0_notAfter(certificate), &time) > 0;
}

Checked checkChain(X509* signer, STACK_OF(X509) * others, const Authority& authority, std::int64_t atUnix) {
    const sdk::OpenSsl<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    if (!context || X509_STORE_CTX_init(context.get(), authority.anchors.get(), signer, others) != 1)
        return bad("the chain cannot be checked: " + sdk::openSslErrors());
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, static_cast<std::time_t>(atUnix));
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_TIMESTAMP_SIGN);
    // An anchor need not be a root: an office may trust one authority and not all of its siblings.
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(parameters, 2);  // 112 bits: no RSA-1024, no SHA-1
    if (X509_verify_cert(context.get()) == 1) return {};
    const int code = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    return bad(std::string("the authority's certificate is not trusted: ") +
               X509_verify_cert_error_string(code));
}

}  // namespace

Checked checkSigner(CMS_ContentInfo* token, const Authority& authority, TokenFacts& facts) {
    STACK_OF(CMS_SignerInfo)* const infos = CMS_get0_SignerInfos(token);
    if (infos == nullptr || sk_CMS_SignerInfo_num(infos) != 1)
        return bad("the token has not exactly one signature");
    CMS_SignerInfo* const info = sk_CMS_SignerInfo_value(infos, 0);
    X509_ALGOR* digestAlgorithm = nullptr;
    CMS_SignerInfo_get0_algs(info, nullptr, nullptr, &digestAlgorithm, nullptr);
    if (!isStrong(OBJ_obj2nid(digestAlgorithm->algorithm)))
        return bad("the token's signature uses a digest that no longer protects anything");

    // Verifies the signature and the attributes; the certificate is ours to judge, at the token's time.
    if (CMS_verify(token, nullptr, nullptr, nullptr, nullptr, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1)
        return bad("the token's signature is not valid: " + sdk::openSslErrors());
    const Borrowed signers(CMS_get0_signers(token));
    if (!signers || sk_X509_num(signers.get()) != 1)
        return bad("the token does not hold its signer's certificate");
    X509* const signer = sk_X509_value(signers.get(), 0);
    facts.authorityName = nameOf(signer);

    if (!isForTimestampsOnly(signer))
        return bad(
            "the signer's certificate is not one for time-stamps alone (critical extended key usage "
            "timeStamping)");
    if (!isInDateAt(signer, facts.genTimeUnix))
        return bad("the signer's certificate was out of date at the token's time");
    if (Checked refusal = checkEssCertificate(info, signer)) return refusal;
    if (!authority.anchors) return {};
    const Certificates others(CMS_get1_certs(token));
    if (Checked refusal = checkChain(signer, others.get(), authority, facts.genTimeUnix)) return refusal;
    facts.isTrusted = true;
    return {};
}

}  // namespace greffe::tsa
