// SPDX-License-Identifier: Apache-2.0
// A CMS in which everything is as PAdES wants it except that the signature does not verify: what a sealer
// must find.
#pragma once

#include "base/sha256.h"

#include <string>

namespace greffe::conformance {

// Over `digest`. The same bytes each time: the certificate is fixed, and of a key that nobody kept. Empty
// when OpenSSL does not read that certificate.
std::string cmsWithWrongSignature(const Digest& digest);

}  // namespace greffe::conformance
