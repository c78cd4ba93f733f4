// SPDX-License-Identifier: Apache-2.0
// The one file that uses OpenSSL's low-level SHA-256: deprecated since 3.0, but the only interface with a
// copyable state, and it runs on the same SHA extensions as EVP.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.h"

#include <openssl/sha.h>

#include <cstring>

namespace greffe {
namespace {

SHA256_CTX* context(void* state) {
    return static_cast<SHA256_CTX*>(state);
}

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool decodeHex(std::string_view hex, unsigned char* out, std::size_t size) {
    if (hex.size() != size * 2) return false;
    for (std::size_t i = 0; i < size; ++i) {
        const int high = hexValue(hex[2 * i]);
        const int low = hexValue(hex[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = static_cast<unsigned char>(high << 4 | low);
    }
    return true;
}

}  // namespace

Sha256::Sha256() {
    static_assert(sizeof(State) == sizeof(SHA256_CTX));
    SHA256_Init(context(&state_));
}

void Sha256::update(const void* bytes, std::size_t size) {
    SHA256_Update(context(&state_), bytes, size);
}

Digest Sha256::digest() const {
    State copy = state_;
    Digest digest;
    SHA256_Final(digest.data(), context(&copy));
    return digest;
}

std::string Sha256::saveState() const {
    return {reinterpret_cast<const char*>(&state_), sizeof state_};
}

bool Sha256::restoreState(std::string_view state) {
    State candidate;
    if (state.size() != sizeof candidate) return false;
    std::memcpy(&candidate, state.data(), sizeof candidate);
    if (candidate.held >= SHA256_CBLOCK || candidate.length != SHA256_DIGEST_LENGTH) return false;
    state_ = candidate;
    return true;
}

Digest sha256(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.digest();
}

std::string toHex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex.push_back(kDigits[byte >> 4]);
        hex.push_back(kDigits[byte & 15]);
    }
    return hex;
}

std::string toHex(const Digest& digest) {
    return toHex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

bool fromHex(std::string_view hex, std::string& bytes) {
    std::string decoded(hex.size() / 2, '\0');
    if (!decodeHex(hex, reinterpret_cast<unsigned char*>(decoded.data()), decoded.size())) return false;
    bytes = std::move(decoded);
    return true;
}

bool fromHex(std::string_view hex, Digest& digest) {
    return decodeHex(hex, digest.data(), digest.size());
}

}  // namespace greffe
