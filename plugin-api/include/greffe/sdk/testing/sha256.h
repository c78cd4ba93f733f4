// SPDX-License-Identifier: Apache-2.0
// SHA-256 and HMAC (FIPS 180-4, RFC 2104) for tests of plugins, so that they need no crypto library. Not for
// production: nothing here is constant-time or fast.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::sdk::testing {

inline std::array<unsigned char, 32> sha256(std::string_view message) {
    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    static constexpr std::uint32_t kRound[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    std::uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::string padded(message);
    padded += '\x80';
    while (padded.size() % 64 != 56)
        padded += '\0';
    const std::uint64_t bits = static_cast<std::uint64_t>(message.size()) * 8;
    for (int shift = 56; shift >= 0; shift -= 8)
        padded += static_cast<char>(bits >> shift);

    const auto rotate = [](std::uint32_t x, unsigned n) { return x >> n | x << (32U - n); };
    for (std::size_t block = 0; block < padded.size(); block += 64) {
        std::uint32_t w[64];
        for (std::size_t i = 0; i < 16; ++i) {
            w[i] = 0;
            for (std::size_t byte = 0; byte < 4; ++byte)
                w[i] = w[i] << 8U | static_cast<unsigned char>(padded[block + i * 4 + byte]);
        }
        for (std::size_t i = 16; i < 64; ++i) {
            const std::uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3U;
            const std::uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10U;
            w[i] = w[i - 16] + a + w[i - 7] + b;
        }
        std::uint32_t s[8];
        for (std::size_t i = 0; i < 8; ++i)
            s[i] = state[i];
        for (std::size_t i = 0; i < 64; ++i) {
            const std::uint32_t sum1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
            const std::uint32_t one = s[7] + sum1 + ((s[4] & s[5]) ^ (~s[4] & s[6])) + kRound[i] + w[i];
            const std::uint32_t sum0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
            const std::uint32_t two = sum0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
            for (std::size_t j = 7; j > 0; --j)
                s[j] = s[j - 1];
            s[4] += one;
            s[0] = one + two;
        }
        for (std::size_t i = 0; i < 8; ++i)
            state[i] += s[i];
    }
    std::array<unsigned char, 32> digest{};
    for (std::size_t i = 0; i < 32; ++i)
        digest[i] = static_cast<unsigned char>(state[i / 4] >> (24 - i % 4 * 8));
    return digest;
}

inline std::array<unsigned char, 32> hmacSha256(std::string_view key, std::string_view message) {
    const auto asText = [](const std::array<unsigned char, 32>& digest) {
        return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
    };
    std::string block(key.size() > 64 ? asText(sha256(key)) : std::string(key));
    block.resize(64, '\0');
    std::string inner;
    std::string outer;
    for (const char c : block) {
        inner += static_cast<char>(c ^ 0x36);
        outer += static_cast<char>(c ^ 0x5c);
    }
    return sha256(outer + asText(sha256(inner.append(message))));
}

}  // namespace greffe::sdk::testing
