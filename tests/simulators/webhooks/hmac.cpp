// SPDX-License-Identifier: Apache-2.0
#include "simulators/webhooks/hmac.h"

#include "base/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace greffe::simulators {

std::string hmacSha256Hex(std::string_view key, std::string_view message) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest, &size);
    return toHex(std::string_view(reinterpret_cast<const char*>(digest), size));
}

}  // namespace greffe::simulators
