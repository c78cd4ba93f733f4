// SPDX-License-Identifier: Apache-2.0
// Does the CMS in a signature's /Contents verify over the bytes it speaks for (RFC 5652)?
//
// Integrity only: message digest, signature value, and that the certificate is the one the signature names
// (RFC 5035). Chains, dates and revocation are not asked here. Exactly one signer; nothing but zeros behind
// the CMS, since those bytes are signed by nobody. Never throws on hostile DER; OpenSSL's error queue is left
// empty.
#pragma once

#include "pdf/expected.h"
#include "signed_bytes.h"

#include <greffe/sdk/openssl.h>

#include <openssl/cms.h>
#include <openssl/x509.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::document_pdf {

using CmsPointer = sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free>;

// What a CMS says about itself, as far as it could be read, and whether it verifies.
struct CmsFinding {
    bool isIntact = false;
    std::string why;  // when it is not intact
    // It could not be verified because the signer's certificate is not inside; nothing contradicts it.
    bool lacksCertificate = false;
    std::string signer;             // common name (else the whole subject), safe to display
    std::string certificateSha256;  // hexadecimal, of the signer's certificate; empty when it is not inside
    std::string digest;             // "SHA-256"
    bool isWeakDigest = false;
    bool namesCertificate = false;  // by a signing-certificate attribute
    std::string signatureValue;
    std::vector<std::string> timestampTokens;  // DER, of the signer's unsigned attributes
};

// `contents` is the decoded /Contents with its padding. `subFilter` decides what may be inside; kinds other
// than adbe.pkcs7.detached, adbe.pkcs7.sha1 and ETSI.CAdES.detached are not intact.
CmsFinding checkSignatureCms(std::string_view contents, std::string_view subFilter, const SignedBytes& bytes);

// For time-stamp tokens: the parsed CMS, or why it is none. `isPadded` allows zeros behind it.
pdf::Expected<CmsPointer> parseSignedData(std::string_view der, bool isPadded);
// Verifies the only signer over `content`, the bytes that the CMS carries inside.
CmsFinding checkEmbeddedCms(CMS_ContentInfo* cms, std::string_view content);

// OpenSSL's names as people write them: "SHA-256". Empty for an algorithm that it does not know.
std::string digestName(const EVP_MD* algorithm);
const EVP_MD* digestFor(const X509_ALGOR* algorithm);

}  // namespace greffe::document_pdf
