// SPDX-License-Identifier: Apache-2.0
// Verifies one signature value with a public key: RSA (PKCS#1 and PSS) and ECDSA, all with SHA-256.
#pragma once

#include <openssl/evp.h>

#include <string_view>

namespace greffe::seal_pades {

// `algorithm` is the content of the signer's AlgorithmIdentifier. False for algorithms that are not listed
// above, for one that does not fit the key, and for PSS parameters other than SHA-256, MGF1 with SHA-256 and
// a salt of 32 bytes.
bool signatureVerifies(EVP_PKEY* key, std::string_view algorithm, std::string_view signature,
                       std::string_view signedBytes);

}  // namespace greffe::seal_pades
