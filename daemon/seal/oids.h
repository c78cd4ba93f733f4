// SPDX-License-Identifier: Apache-2.0
// Object identifiers and fixed algorithm identifiers of a seal's CMS, as their DER elements.
#pragma once

#include <string_view>

namespace greffe::der {

using namespace std::string_view_literals;

inline constexpr std::string_view kData =
    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"sv;  // 1.2.840.113549.1.7.1
inline constexpr std::string_view kSignedData =
    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv;  // 1.2.840.113549.1.7.2
inline constexpr std::string_view kContentType =
    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"sv;  // 1.2.840.113549.1.9.3
inline constexpr std::string_view kMessageDigest =
    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"sv;  // 1.2.840.113549.1.9.4
inline constexpr std::string_view kSigningCertificateV2 =
    "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f"sv;  // 1.2.840.113549.1.9.16.2.47

// sha256 without parameters, as RFC 5754 wants it in CMS.
inline constexpr std::string_view kSha256 = "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv;
// sha256WithRSAEncryption with NULL (RFC 4055, 5). OpenSSL's CMS writes rsaEncryption here: legal, but strict
// checkers ask for the whole name.
inline constexpr std::string_view kRsaPkcs1Sha256 =
    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"sv;
inline constexpr std::string_view kEcdsaSha256 = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"sv;
// id-RSASSA-PSS: SHA-256, MGF1 with SHA-256, a salt of 32 bytes (RFC 4055, 3.1; these hashes with NULL, as
// there).
inline constexpr std::string_view kRsaPssSha256 =
    "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34"
    "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
    "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
    "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
    "\xa2\x03\x02\x01\x20"sv;

}  // namespace greffe::der
