// SPDX-License-Identifier: Apache-2.0
// What comes back from the keys and providers pools: puts CMS and time-stamp together and checks the result
// before it is written. A wrong signature is found here, in the worker that made the document, and not years
// later by a court.
#pragma once

#include "certificate_keys.h"
#include "pdf/expected.h"

#include <string>
#include <string_view>

namespace greffe::seal_pades {

// `cms` as it is, or with `token` as its signature time-stamp (id-smime-aa-timeStampToken). KeyUnusable or
// BadAnswer when a check fails:
//   CMS (RFC 5652, ETSI EN 319 122-1, 319 142-1): DER, one signer, detached, SHA-256, content type and
//   message digest as they must be, no signing time, attributes in DER's order, signing-certificate-v2 naming
//   a certificate that is there and that the signer names too, a signature that verifies with its key; token
//   (RFC 3161): its imprint is the SHA-256 of the signature value. Its own signature is the provider's to
//   check.
pdf::Expected<std::string> assembleCms(std::string_view cms, std::string_view token,
                                       const unsigned char digest[32], CertificateKeys& keys);

}  // namespace greffe::seal_pades
