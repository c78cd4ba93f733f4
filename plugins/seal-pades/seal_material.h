// SPDX-License-Identifier: Apache-2.0
// What comes back from the keys and providers pools: puts CMS and time-stamp together and checks the result
// before it is written. A wrong signature is found here, in the worker that made the document, and not years
// later by a court.
#pragma once

#include "pdf/expected.h"

#include <string>
#include <string_view>

namespace greffe::seal_pades {

// `cms` as it is, or with `token` as its signature time-stamp (id-smime-aa-timeStampToken). KeyUnusable or
// BadAnswer when a check fails:
//   CMS (RFC 5652, ETSI EN 319 122-1, 319 142-1): one SignerInfo, detached, content type and message digest
//   as they must be, no signing time, signing-certificate-v2 that fits the certificate, a signature that
//   verifies with its key; token (RFC 3161): its imprint is the SHA-256 of the signature value.
pdf::Expected<std::string> assembleCms(std::string_view cms, std::string_view token,
                                       const unsigned char digest[32]);

}  // namespace greffe::seal_pades
