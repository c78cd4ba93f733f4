// SPDX-License-Identifier: Apache-2.0
#include "seal_material.h"

#include "cms_view.h"
#include "signature_check.h"

#include <openssl/err.h>
#include <openssl/sha.h>

#include <algorithm>

namespace greffe::seal_pades {
namespace {

using pdf::Check;
using pdf::Expected;
using pdf::Nothing;
using pdf::Refusal;

Refusal badSignature(const char* why) {
    return {Reason::KeyUnusable, std::string("the signature that came back ") + why};
}
Refusal badToken(const char* why) {
    return {Reason::BadAnswer, std::string("the time-stamp that came back ") + why};
}

std::string sha256(std::string_view bytes) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

// ESSCertIDv2 (RFC 5035): the hash of the first certificate that signing-certificate-v2 names, SHA-256 being
// the default.
std::string_view namedCertificateHash(const CmsView& cms) {
    const auto value = onlyValue(cms.signedAttributes, kOidSigningCertificateV2);
    const auto list = value ? DerReader(value->content).next(kDerSequence) : std::nullopt;
    const auto first = list ? DerReader(list->content).next(kDerSequence) : std::nullopt;
    if (!first) return {};
    DerReader identifier(first->content);
    if (const auto algorithm = identifier.next(kDerSequence);
        algorithm && algorithmOf(algorithm->content) != kOidSha256)
        return {};
    const auto hash = identifier.next(kDerOctets);
    return hash ? hash->content : std::string_view();
}

// Issuer and serial number of a certificate, as the content of an IssuerAndSerialNumber.
std::string issuerAndSerialOf(std::string_view certificate) {
    const auto outer = derWhole(certificate, kDerSequence);
    const auto body = outer ? DerReader(outer->content).next(kDerSequence) : std::nullopt;
    if (!body) return {};
    DerReader fields(body->content);
    fields.next(derContext(0));  // the version
    const auto serial = fields.next(kDerInteger), algorithm = fields.next(kDerSequence),
               issuer = fields.next(kDerSequence);
    if (!serial || !algorithm || !issuer) return {};
    return std::string(issuer->bytes) + std::string(serial->bytes);
}

Check checkAttributes(const CmsView& cms, const unsigned char digest[32]) {
    const auto contentType = onlyValue(cms.signedAttributes, kOidContentType);
    if (!contentType || contentType->tag != kDerOid || contentType->content != kOidData)
        return badSignature("has the wrong content type");
    const auto message = onlyValue(cms.signedAttributes, kOidMessageDigest);
    if (!message || message->content != std::string_view(reinterpret_cast<const char*>(digest), 32))
        return badSignature("is over another document");
    if (hasAttribute(cms.signedAttributes, kOidSigningTime))
        return badSignature("carries a signing time, which PAdES forbids");
    // Validators sort before they hash: what is not sorted verifies here and fails there.
    const bool isSorted =
        std::is_sorted(cms.signedAttributes.begin(), cms.signedAttributes.end(),
                       [](const CmsAttribute& a, const CmsAttribute& b) { return a.bytes < b.bytes; });
    if (!isSorted) return badSignature("has its attributes in an order that is not DER");
    return Nothing{};
}

Check checkCms(const CmsView& cms, const unsigned char digest[32], CertificateKeys& keys) {
    if (cms.contentType != kOidData || cms.content) return badSignature("is not detached");
    if (cms.digestAlgorithm != kOidSha256) return badSignature("does not use SHA-256");
    GREFFE_PDF_TRY(checkAttributes(cms, digest));
    const std::string_view hash = namedCertificateHash(cms);
    const auto certificate =
        std::find_if(cms.certificates.begin(), cms.certificates.end(),
                     [&](std::string_view candidate) { return sha256(candidate) == hash; });
    if (certificate == cms.certificates.end())
        return badSignature("has no signing-certificate-v2 that names a certificate in it");
    if (!cms.issuerAndSerial || cms.issuerAndSerial->content != issuerAndSerialOf(*certificate))
        return badSignature("names another certificate than its signing-certificate-v2");
    EVP_PKEY* key = keys.keyOf(*certificate);
    if (key == nullptr) return badSignature("has a certificate whose key cannot be read");
    if (!signatureVerifies(key, cms.signatureAlgorithm.content, cms.signature,
                           derWrap(kDerSet, cms.signedAttributesSet)))
        return badSignature("does not verify with its certificate");
    return Nothing{};
}

}  // namespace

Expected<std::string> assembleCms(std::string_view cms, std::string_view token,
                                  const unsigned char digest[32], CertificateKeys& keys) {
    ERR_clear_error();
    const auto view = viewCms(cms);
    if (!view) return badSignature("is no DER of a CMS SignedData with one signer");
    const Check check = checkCms(*view, digest, keys);
    ERR_clear_error();
    if (!check) return check.refusal();
    if (token.empty()) return std::string(cms);
    const auto imprint = tokenImprint(token);
    if (!imprint) return badToken("is no time-stamp token over a SHA-256 digest");
    if (*imprint != sha256(view->signature)) return badToken("is over another signature");
    if (hasAttribute(view->unsignedAttributes, kOidTimeStampToken))
        return badToken("comes to a signature that has one already");
    return withUnsignedAttribute(*view, kOidTimeStampToken, token);
}

}  // namespace greffe::seal_pades
