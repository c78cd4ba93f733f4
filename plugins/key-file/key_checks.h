// SPDX-License-Identifier: Apache-2.0
// May this key seal, with this certificate, today? Every finding is reported, not only the first.
#pragma once

#include "key_material.h"

#include <greffe/capability/digest_signer.h>

#include <cstdint>
#include <string_view>

namespace greffe::keyfile {

struct Validity {
    std::int64_t fromUnix = 0;
    std::int64_t untilUnix = 0;
};

// Puts the signer's certificate first (the one that fits the key), its issuer behind it and so on; drops what
// belongs to another chain, with a warning. False when no certificate fits the key.
bool orderChain(KeyMaterial& material, Problems& problems);

// Key kind and size, and the scheme: `wanted` is the option's value ("auto", "rsa_pkcs1", "rsa_pss",
// "ecdsa").
bool chooseScheme(EVP_PKEY* key, std::string_view wanted, SignatureScheme& scheme, Problems& problems);

// The signer's certificate: in date at `nowUnix` (a warning from 30 days before its end), and meant for
// signing.
bool checkCertificate(X509* certificate, std::int64_t nowUnix, Validity& validity, Problems& problems);

}  // namespace greffe::keyfile
