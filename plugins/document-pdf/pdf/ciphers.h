// SPDX-License-Identifier: Apache-2.0
// The ciphers and digests of PDF encryption. RC4 is written out here: OpenSSL 3 keeps it in a provider of its
// own, a library that would have to be opened inside a closed sandbox.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace greffe::pdf {

std::string md5(std::string_view bytes);
std::string sha2(std::size_t bits, std::string_view bytes);  // 256, 384 or 512

std::string rc4(std::string_view key, std::string_view bytes);

// AES-CBC with a key of 16 or 32 bytes. `isPadded` is PKCS#7; without it the length must be a multiple of 16.
// No value when the bytes do not fit.
std::optional<std::string> aesEncrypt(std::string_view key, std::string_view vector, std::string_view bytes,
                                      bool isPadded);
std::optional<std::string> aesDecrypt(std::string_view key, std::string_view vector, std::string_view bytes,
                                      bool isPadded);

}  // namespace greffe::pdf
