// SPDX-License-Identifier: Apache-2.0
#include "cms_check.h"

#include "display_text.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <algorithm>
#include <functional>

namespace greffe::document_pdf {
namespace {

using pdf::Check;
using pdf::Expected;
using pdf::Nothing;
using pdf::Refusal;

// OpenSSL keeps a queue of errors per thread; what it says is in our own words already.
struct QuietErrors {
    QuietErrors() { ERR_clear_error(); }
    ~QuietErrors() { ERR_clear_error(); }
    QuietErrors(const QuietErrors&) = delete;
    QuietErrors& operator=(const QuietErrors&) = delete;
};

struct CertificatesFreed {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using Certificates = std::unique_ptr<STACK_OF(X509), CertificatesFreed>;
using Algorithm = sdk::OpenSsl<X509_ALGOR, X509_ALGOR_free>;
using OctetString = sdk::OpenSsl<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using MdContext = sdk::OpenSsl<EVP_MD_CTX, EVP_MD_CTX_free>;

// How the content that was signed is digested: from the file, or from inside the CMS.
using DigestOfContent = std::function<std::optional<std::string>(const EVP_MD*)>;

Refusal broken(std::string why) {
    return {Reason::SignatureBroken, std::move(why)};
}

const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string_view viewOf(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string subjectOf(X509* certificate) {
    X509_NAME* name = X509_get_subject_name(certificate);
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;)
        last = at;
    if (last >= 0) {
        unsigned char* utf8 = nullptr;
        const int size =
            ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
        if (size >= 0) {
            std::string text =
                displayText({reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size)});
            OPENSSL_free(utf8);
            return text;
        }
    }
    char line[256];
    return X509_NAME_oneline(name, line, sizeof line) != nullptr ? displayText(line) : std::string();
}

// Hexadecimal; empty when OpenSSL cannot say.
std::string sha256Of(X509* certificate) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return {};
    constexpr std::string_view kLetters = "0123456789abcdef";
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        hex += kLetters[digest[i] >> 4U];
        hex += kLetters[digest[i] & 15U];
    }
    return hex;
}

// Null when the CMS does not carry it.
X509* signerCertificate(CMS_SignerInfo* signer, STACK_OF(X509) * certificates) {
    for (int i = 0; i < sk_X509_num(certificates); ++i)
        if (CMS_SignerInfo_cert_cmp(signer, sk_X509_value(certificates, i)) == 0)
            return sk_X509_value(certificates, i);
    return nullptr;
}

// The hash in the first ESSCertID of a signing-certificate attribute (RFC 5035): SEQUENCE { SEQUENCE OF {
// [algorithm], OCTET STRING … } }. Only the first names the signer's certificate.
Check checkNamedCertificate(const ASN1_STRING* attribute, bool isVersion2, X509* certificate) {
    const auto refuse = [] { return broken("its signing-certificate attribute cannot be read"); };
    const unsigned char* at = ASN1_STRING_get0_data(attribute);
    const unsigned char* const end = at + ASN1_STRING_length(attribute);
    for (int level = 0; level < 3; ++level) {
        long size = 0;
        int tag = 0, cls = 0;
        if (at >= end) return refuse();
        const int kind = ASN1_get_object(&at, &size, &tag, &cls, end - at);
        if ((kind & 0x80) != 0 || tag != V_ASN1_SEQUENCE || size > end - at) return refuse();
    }
    const EVP_MD* digest = isVersion2 ? EVP_sha256() : EVP_sha1();
    if (at < end && isVersion2 && *at == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED)) {
        const Algorithm algorithm(d2i_X509_ALGOR(nullptr, &at, end - at));
        if (!algorithm) return refuse();
        digest = digestFor(algorithm.get());
    }
    const OctetString hash(at < end ? d2i_ASN1_OCTET_STRING(nullptr, &at, end - at) : nullptr);
    unsigned char actual[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!hash || digest == nullptr || X509_digest(certificate, digest, actual, &size) != 1) return refuse();
    if (viewOf(hash.get()) != std::string_view(reinterpret_cast<const char*>(actual), size))
        return broken("it names another certificate than the one it carries");
    return Nothing{};
}

Check checkCertificateAttributes(CMS_SignerInfo* signer, X509* certificate, CmsFinding& finding) {
    struct Kind {
        int nid;
        bool isVersion2;
    };
    for (const Kind kind : {Kind{NID_id_smime_aa_signingCertificate, false},
                            Kind{NID_id_smime_aa_signingCertificateV2, true}}) {
        if (CMS_signed_get_attr_by_NID(signer, kind.nid, -1) < 0) continue;
        const auto* value = static_cast<const ASN1_STRING*>(
            CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(kind.nid), -3, V_ASN1_SEQUENCE));
        if (value == nullptr) return broken("its signing-certificate attribute cannot be read");
        GREFFE_PDF_TRY(checkNamedCertificate(value, kind.isVersion2, certificate));
        finding.namesCertificate = true;
    }
    return Nothing{};
}

// OpenSSL 3.0 does not verify a CMS with an Edwards key (RFC 8419): its signature is over the signed
// attributes themselves, as a DER SET.
bool verifiesWithEdwardsKey(CMS_SignerInfo* signer, EVP_PKEY* key) {
    std::vector<std::string> attributes;
    std::size_t size = 0;
    for (int i = 0; i < CMS_signed_get_attr_count(signer); ++i) {
        unsigned char* der = nullptr;
        const int length = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(signer, i), &der);
        if (length <= 0) return false;
        attributes.emplace_back(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
        size += attributes.back().size();
        OPENSSL_free(der);
    }
    std::sort(attributes.begin(), attributes.end());
    std::string set(static_cast<std::size_t>(ASN1_object_size(1, static_cast<int>(size), V_ASN1_SET)) - size,
                    0);
    auto* header = reinterpret_cast<unsigned char*>(set.data());
    ASN1_put_object(&header, 1, static_cast<int>(size), V_ASN1_SET, V_ASN1_UNIVERSAL);
    for (const std::string& attribute : attributes)
        set += attribute;
    const MdContext context(EVP_MD_CTX_new());
    const std::string_view value = viewOf(CMS_SignerInfo_get0_signature(signer));
    return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
           EVP_DigestVerify(context.get(), bytesOf(value), value.size(), bytesOf(set), set.size()) == 1;
}

bool verifiesWith(CMS_SignerInfo* signer, X509* certificate) {
    EVP_PKEY* key = X509_get0_pubkey(certificate);
    if (EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1)
        return verifiesWithEdwardsKey(signer, key);
    CMS_SignerInfo_set1_signer_cert(signer, certificate);
    return CMS_SignerInfo_verify(signer) == 1;
}

Check checkAttributes(CMS_ContentInfo* cms, CMS_SignerInfo* signer, X509* certificate,
                      const std::string& content, CmsFinding& finding) {
    // -3: exactly one such attribute with exactly one value.
    const auto value = [&](int nid, int type) {
        return CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(nid), -3, type);
    };
    const auto* type = static_cast<const ASN1_OBJECT*>(value(NID_pkcs9_contentType, V_ASN1_OBJECT));
    if (type == nullptr || OBJ_cmp(type, CMS_get0_eContentType(cms)) != 0)
        return broken("its content type is missing or wrong");
    const auto* message =
        static_cast<const ASN1_OCTET_STRING*>(value(NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING));
    if (message == nullptr) return broken("it has no message digest");
    if (viewOf(message) != content) return broken("the signed bytes were changed: their digest differs");
    GREFFE_PDF_TRY(checkCertificateAttributes(signer, certificate, finding));
    if (!verifiesWith(signer, certificate)) return broken("the signature value does not verify");
    return Nothing{};
}

void readTokens(CMS_SignerInfo* signer, CmsFinding& finding) {
    for (int at = -1; (at = CMS_unsigned_get_attr_by_NID(signer, NID_id_smime_aa_timeStampToken, at)) >= 0;) {
        X509_ATTRIBUTE* attribute = CMS_unsigned_get_attr(signer, at);
        for (int i = 0; i < X509_ATTRIBUTE_count(attribute) && finding.timestampTokens.size() < 8; ++i) {
            const ASN1_TYPE* value = X509_ATTRIBUTE_get0_type(attribute, i);
            if (value != nullptr && value->type == V_ASN1_SEQUENCE)
                finding.timestampTokens.emplace_back(viewOf(value->value.sequence));
        }
    }
}

Check verify(CMS_ContentInfo* cms, const DigestOfContent& digestOfContent, CmsFinding& finding) {
    STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms);
    if (signers == nullptr || sk_CMS_SignerInfo_num(signers) != 1)
        return broken("it does not have exactly one signer");
    CMS_SignerInfo* signer = sk_CMS_SignerInfo_value(signers, 0);
    X509_ALGOR* algorithm = nullptr;
    CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &algorithm, nullptr);
    const EVP_MD* digest = digestFor(algorithm);
    finding.digest = digestName(digest);
    finding.signatureValue = viewOf(CMS_SignerInfo_get0_signature(signer));
    readTokens(signer, finding);
    const Certificates certificates(CMS_get1_certs(cms));
    X509* certificate = signerCertificate(signer, certificates.get());
    if (certificate != nullptr) {
        finding.signer = subjectOf(certificate);
        finding.certificateSha256 = sha256Of(certificate);
    }
    const auto content = digest != nullptr ? digestOfContent(digest) : std::nullopt;
    if (!content) return broken("its digest algorithm is not known");
    const int type = EVP_MD_get_type(digest);
    finding.isWeakDigest = type == NID_sha1 || EVP_MD_get_size(digest) < 20;
    if (EVP_MD_get_size(digest) < 20) return broken("its digest, " + finding.digest + ", is worth nothing");
    if (certificate == nullptr) {
        finding.lacksCertificate = true;
        return broken("it does not carry its signer's certificate");
    }
    if (X509_get0_pubkey(certificate) == nullptr) return broken("its signer's key cannot be read");
    // RFC 5652 lets a signature over plain data go without; PDF does not (ISO 32000-2, 12.8.3.3).
    if (CMS_signed_get_attr_count(signer) <= 0)
        return broken("it has no signed attributes, so no message digest");
    return checkAttributes(cms, signer, certificate, *content, finding);
}

CmsFinding concluded(CmsFinding finding, const Check& verdict) {
    finding.isIntact = verdict.ok();
    if (!verdict) finding.why = verdict.refusal().text;
    return finding;
}

Check checkDetached(CMS_ContentInfo* cms, const SignedBytes& bytes, CmsFinding& finding) {
    ASN1_OCTET_STRING** content = CMS_get0_content(cms);
    if (content == nullptr || *content != nullptr) return broken("it is not detached from the document");
    if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data)
        return broken("its content type is not \"data\"");
    return verify(
        cms, [&](const EVP_MD* digest) { return digestOf(bytes, digest); }, finding);
}

// adbe.pkcs7.sha1: the CMS carries the document's SHA-1 digest and signs that.
Check checkSha1(CMS_ContentInfo* cms, const SignedBytes& bytes, CmsFinding& finding) {
    ASN1_OCTET_STRING** content = CMS_get0_content(cms);
    if (content == nullptr || *content == nullptr) return broken("it does not carry the document's digest");
    const std::string carried(viewOf(*content));
    const auto digestInside = [&](const EVP_MD* digest) { return digestOf({carried, {}}, digest); };
    GREFFE_PDF_TRY(verify(cms, digestInside, finding));
    finding.isWeakDigest = true;
    if (digestOf(bytes, EVP_sha1()) != carried)
        return broken("the signed bytes were changed: their digest differs");
    return Nothing{};
}

}  // namespace

std::optional<std::string> digestOf(const SignedBytes& bytes, const EVP_MD* algorithm) {
    const MdContext context(EVP_MD_CTX_new());
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (!context || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1 ||
        EVP_DigestUpdate(context.get(), bytes.first.data(), bytes.first.size()) != 1 ||
        EVP_DigestUpdate(context.get(), bytes.second.data(), bytes.second.size()) != 1 ||
        EVP_DigestFinal_ex(context.get(), digest, &size) != 1)
        return std::nullopt;
    return std::string(reinterpret_cast<const char*>(digest), size);
}

const EVP_MD* digestFor(const X509_ALGOR* algorithm) {
    const ASN1_OBJECT* object = nullptr;
    if (algorithm != nullptr) X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
    if (object == nullptr) return nullptr;
    if (const EVP_MD* direct = EVP_get_digestbyobj(object)) return direct;
    // Some signers write the signature's algorithm where the digest's belongs.
    int digest = NID_undef;
    OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, nullptr);
    return digest != NID_undef ? EVP_get_digestbynid(digest) : nullptr;
}

std::string digestName(const EVP_MD* algorithm) {
    if (algorithm == nullptr) return {};
    switch (EVP_MD_get_type(algorithm)) {
        case NID_sha1: return "SHA-1";
        case NID_sha224: return "SHA-224";
        case NID_sha256: return "SHA-256";
        case NID_sha384: return "SHA-384";
        case NID_sha512: return "SHA-512";
        default: break;
    }
    const char* name = EVP_MD_get0_name(algorithm);
    return name != nullptr ? name : "";
}

Expected<CmsPointer> parseSignedData(std::string_view der, bool isPadded) {
    const QuietErrors quiet;
    const unsigned char* at = bytesOf(der);
    CmsPointer cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
    if (!cms || OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed)
        return broken("its contents are no CMS SignedData");
    const std::string_view behind = der.substr(static_cast<std::size_t>(at - bytesOf(der)));
    if (!behind.empty() && !isPadded) return broken("bytes stand behind the CMS");
    if (behind.find_first_not_of('\0') != std::string_view::npos)
        return broken("bytes that nobody signed stand behind the CMS");
    return cms;
}

CmsFinding checkEmbeddedCms(CMS_ContentInfo* cms, std::string_view content) {
    const QuietErrors quiet;
    CmsFinding finding;
    const auto digestInside = [&](const EVP_MD* digest) { return digestOf({content, {}}, digest); };
    const Check verdict = verify(cms, digestInside, finding);
    return concluded(std::move(finding), verdict);
}

CmsFinding checkSignatureCms(std::string_view contents, std::string_view subFilter,
                             const SignedBytes& bytes) {
    const QuietErrors quiet;
    CmsFinding finding;
    const auto cms = parseSignedData(contents, true);
    if (!cms) return concluded(std::move(finding), cms.refusal());
    Check verdict = broken("signatures of the kind \"" + displayText(subFilter, 60) + "\" are not known");
    if (subFilter == "ETSI.CAdES.detached" || subFilter == "adbe.pkcs7.detached")
        verdict = checkDetached(cms->get(), bytes, finding);
    else if (subFilter == "adbe.pkcs7.sha1")
        verdict = checkSha1(cms->get(), bytes, finding);
    if (verdict && subFilter == "ETSI.CAdES.detached" && !finding.namesCertificate)
        verdict = broken("it does not say which certificate it is made with, as PAdES wants");
    return concluded(std::move(finding), verdict);
}

}  // namespace greffe::document_pdf
