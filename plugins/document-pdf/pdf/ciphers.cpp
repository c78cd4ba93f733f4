// SPDX-License-Identifier: Apache-2.0
#include "ciphers.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <new>
#include <numeric>
#include <utility>

namespace greffe::pdf {
namespace {

std::string digest(const EVP_MD* method, std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, method, nullptr) != 1)
        throw std::bad_alloc();
    return {reinterpret_cast<const char*>(out.data()), size};
}

std::optional<std::string> aes(std::string_view key, std::string_view vector, std::string_view bytes,
                               bool isPadded, bool isEncryption) {
    if ((key.size() != 16 && key.size() != 32) || vector.size() != 16 || bytes.size() > (1U << 30U))
        return std::nullopt;
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  EVP_CIPHER_CTX_free);
    if (!context) throw std::bad_alloc();
    const auto* keyBytes = reinterpret_cast<const unsigned char*>(key.data());
    const auto* vectorBytes = reinterpret_cast<const unsigned char*>(vector.data());
    std::string out(bytes.size() + 16, '\0');
    auto* outBytes = reinterpret_cast<unsigned char*>(out.data());
    int size = 0, rest = 0;
    if (EVP_CipherInit_ex(context.get(), key.size() == 16 ? EVP_aes_128_cbc() : EVP_aes_256_cbc(), nullptr,
                          keyBytes, vectorBytes, isEncryption ? 1 : 0) != 1 ||
        EVP_CIPHER_CTX_set_padding(context.get(), isPadded ? 1 : 0) != 1 ||
        EVP_CipherUpdate(context.get(), outBytes, &size, reinterpret_cast<const unsigned char*>(bytes.data()),
                         static_cast<int>(bytes.size())) != 1 ||
        EVP_CipherFinal_ex(context.get(), outBytes + size, &rest) != 1)
        return std::nullopt;
    out.resize(static_cast<std::size_t>(size + rest));
    return out;
}

}  // namespace

std::string md5(std::string_view bytes) {
    return digest(EVP_md5(), bytes);
}

std::string sha2(std::size_t bits, std::string_view bytes) {
    return digest(bits == 256 ? EVP_sha256() : bits == 384 ? EVP_sha384() : EVP_sha512(), bytes);
}

std::string rc4(std::string_view key, std::string_view bytes) {
    std::array<unsigned char, 256> state{};
    std::iota(state.begin(), state.end(), static_cast<unsigned char>(0));
    unsigned int j = 0;
    for (unsigned int i = 0; i < 256; ++i) {
        j = (j + state[i] + static_cast<unsigned char>(key[i % key.size()])) & 0xFFU;
        std::swap(state[i], state[j]);
    }
    std::string out(bytes);
    unsigned int i = 0;
    j = 0;
    for (char& c : out) {
        i = (i + 1) & 0xFFU;
        j = (j + state[i]) & 0xFFU;
        std::swap(state[i], state[j]);
        c = static_cast<char>(static_cast<unsigned char>(c) ^ state[(state[i] + state[j]) & 0xFFU]);
    }
    return out;
}

std::optional<std::string> aesEncrypt(std::string_view key, std::string_view vector, std::string_view bytes,
                                      bool isPadded) {
    return aes(key, vector, bytes, isPadded, true);
}

std::optional<std::string> aesDecrypt(std::string_view key, std::string_view vector, std::string_view bytes,
                                      bool isPadded) {
    return aes(key, vector, bytes, isPadded, false);
}

}  // namespace greffe::pdf
