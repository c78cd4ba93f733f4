// SPDX-License-Identifier: Apache-2.0
#include "encryption_key.h"

#include "ciphers.h"

#include <string_view>

namespace greffe::pdf {
namespace {

// What fills a password up to 32 bytes; all of it for the empty one (7.6.4.3.2).
constexpr std::string_view kPadding(
    "\x28\xBF\x4E\x5E\x4E\x75\x8A\x41\x64\x00\x4E\x56\xFF\xFA\x01\x08"
    "\x2E\x2E\x00\xB6\xD0\x68\x3E\x80\x2F\x0C\xA9\xFE\x64\x53\x69\x7A",
    32);

std::string littleEndian(std::uint32_t value) {
    std::string bytes;
    for (unsigned int shift = 0; shift < 32; shift += 8)
        bytes += static_cast<char>(value >> shift & 0xFFU);
    return bytes;
}

std::string legacyKey(const KeyInputs& inputs) {
    std::string text(kPadding);
    text += inputs.ownerValue.substr(0, 32);
    text += littleEndian(inputs.permissions);
    text += inputs.fileId;
    if (inputs.revision >= 4 && !inputs.encryptsMetadata) text += "\xFF\xFF\xFF\xFF";
    std::string key = md5(text);
    if (inputs.revision >= 3)
        for (int i = 0; i < 50; ++i)
            key = md5(key.substr(0, inputs.keyBytes));
    return key.substr(0, inputs.keyBytes);
}

bool legacyKeyFits(const KeyInputs& inputs, const std::string& key) {
    if (inputs.revision == 2) return rc4(key, kPadding) == inputs.userValue.substr(0, 32);
    std::string text = rc4(key, md5(std::string(kPadding) + inputs.fileId));
    for (int i = 1; i < 20; ++i) {
        std::string round = key;
        for (char& c : round)
            c = static_cast<char>(static_cast<unsigned char>(c) ^ i);
        text = rc4(round, text);
    }
    return text == inputs.userValue.substr(0, 16);
}

// Algorithm 2.B with an empty password. A block of 64 repetitions is hashed at least 64 times.
std::string hardenedHash(std::string_view salt) {
    std::string hash = sha2(256, salt);
    for (unsigned int round = 0;; ++round) {
        std::string block;
        for (int i = 0; i < 64; ++i)
            block += hash;
        const auto encrypted = aesEncrypt(std::string_view(hash).substr(0, 16),
                                          std::string_view(hash).substr(16, 16), block, false);
        if (!encrypted) return {};
        unsigned int sum = 0;  // the first 16 bytes as one number, modulo 3: 256 is 1 modulo 3
        for (std::size_t i = 0; i < 16; ++i)
            sum += static_cast<unsigned char>((*encrypted)[i]);
        hash = sha2(sum % 3 == 0 ? 256 : sum % 3 == 1 ? 384 : 512, *encrypted);
        if (round >= 63 && static_cast<unsigned char>(encrypted->back()) <= round + 1 - 32) break;
    }
    return hash.substr(0, 32);
}

std::optional<std::string> modernKey(const KeyInputs& inputs) {
    if (inputs.userValue.size() < 48 || inputs.userKey.size() < 32) return std::nullopt;
    const std::string_view user = inputs.userValue;
    const auto hash = [&](std::string_view salt) {
        return inputs.revision == 5 ? sha2(256, salt) : hardenedHash(salt);
    };
    if (hash(user.substr(32, 8)) != user.substr(0, 32)) return std::nullopt;
    return aesDecrypt(hash(user.substr(40, 8)), std::string(16, '\0'), inputs.userKey.substr(0, 32), false);
}

}  // namespace

std::optional<std::string> keyForEmptyPassword(const KeyInputs& inputs) {
    if (inputs.revision >= 5) return modernKey(inputs);
    if (inputs.ownerValue.size() < 32 || inputs.userValue.size() < 16) return std::nullopt;
    std::string key = legacyKey(inputs);
    if (!legacyKeyFits(inputs, key)) return std::nullopt;
    return key;
}

}  // namespace greffe::pdf
