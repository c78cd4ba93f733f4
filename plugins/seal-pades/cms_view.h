// SPDX-License-Identifier: Apache-2.0
// The parts of a CMS SignedData (RFC 5652) with one signer, as views into its DER; and the imprint of a
// time-stamp token.
#pragma once

#include "der.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::seal_pades {

// Object identifiers as the content of their DER.
inline constexpr std::string_view kOidData("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01", 9);
inline constexpr std::string_view kOidSignedData("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", 9);
inline constexpr std::string_view kOidContentType("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03", 9);
inline constexpr std::string_view kOidMessageDigest("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04", 9);
inline constexpr std::string_view kOidSigningTime("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x05", 9);
inline constexpr std::string_view kOidTstInfo("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04", 11);
inline constexpr std::string_view kOidTimeStampToken("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x0E", 11);
inline constexpr std::string_view kOidSigningCertificateV2("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x2F",
                                                           11);
inline constexpr std::string_view kOidSha256("\x60\x86\x48\x01\x65\x03\x04\x02\x01", 9);

struct CmsAttribute {
    std::string_view oid;
    std::string_view bytes;  // the whole SEQUENCE
    std::vector<DerItem> values;
};

struct CmsView {
    std::string_view contentType;             // of the encapsulated content
    std::optional<std::string_view> content;  // absent when detached
    std::vector<std::string_view> certificates;
    std::string_view signedDataHead;  // of SignedData's content, everything before the signer infos

    // The only signer.
    std::string_view signerContent;          // of its SEQUENCE, without unsigned attributes
    std::optional<DerItem> issuerAndSerial;  // absent when the signer is named by a key identifier
    std::string_view digestAlgorithm;        // its OID
    std::string_view signedAttributesSet;    // the content of the SET
    std::vector<CmsAttribute> signedAttributes;
    DerItem signatureAlgorithm;  // the AlgorithmIdentifier
    std::string_view signature;
    std::vector<CmsAttribute> unsignedAttributes;
};

// No value when it is not DER of a SignedData with exactly one signer and signed attributes, or when bytes
// follow it.
std::optional<CmsView> viewCms(std::string_view der);

// The only attribute of this type with exactly one value; no value otherwise.
std::optional<DerItem> onlyValue(const std::vector<CmsAttribute>& attributes, std::string_view oid);
bool hasAttribute(const std::vector<CmsAttribute>& attributes, std::string_view oid);
// The OID inside an AlgorithmIdentifier's content; empty when it is none.
std::string_view algorithmOf(std::string_view algorithmIdentifier);

// The SHA-256 imprint of a time-stamp token (RFC 3161); no value when it is no token, or one over another
// digest.
std::optional<std::string_view> tokenImprint(std::string_view token);

// `cms` again with one more unsigned attribute.
std::string withUnsignedAttribute(const CmsView& cms, std::string_view oid, std::string_view value);

}  // namespace greffe::seal_pades
