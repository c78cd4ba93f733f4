// SPDX-License-Identifier: Apache-2.0
// The bytes a signature speaks for: two stretches of the file around its own hex string.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greffe::document_pdf {

struct SignedBytes {
    std::string_view first;
    std::string_view second;

    std::uint64_t size() const { return std::uint64_t{first.size()} + second.size(); }
};

// No value when OpenSSL does not have the algorithm.
std::optional<std::string> digestOf(const SignedBytes& bytes, const EVP_MD* algorithm);

}  // namespace greffe::document_pdf
