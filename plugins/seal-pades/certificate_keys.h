// SPDX-License-Identifier: Apache-2.0
// Public keys of certificates, kept: an office seals with one or two certificates, and decoding one costs
// more than verifying with it (0.15 ms against 0.07). Not thread-safe.
#pragma once

#include <greffe/sdk/openssl.h>

#include <openssl/evp.h>

#include <deque>
#include <string>
#include <string_view>

namespace greffe::seal_pades {

class CertificateKeys {
public:
    // The key of a DER certificate, valid until the next call; null when it cannot be read.
    EVP_PKEY* keyOf(std::string_view certificate);

private:
    struct Known {
        std::string certificate;
        sdk::OpenSsl<EVP_PKEY, EVP_PKEY_free> key;
    };
    std::deque<Known> known_;  // newest first
};

}  // namespace greffe::seal_pades
