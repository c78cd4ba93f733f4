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

// `password` is 32 bytes, padded.
std::string legacyKey(const KeyInputs& inputs, std::string_view password) {
    std::string text(password);
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

// RC4 with the key, then with 19 variants of it; or the other way round.
std::string rc4Rounds(const std::string& key, std::string text, bool isBackwards) {
    for (int i = 0; i < 20; ++i) {
        std::string round = key;
        for (char& c : round)
            c = static_cast<char>(static_cast<unsigned char>(c) ^ (isBackwards ? 19 - i : i));
        text = rc4(round, text);
    }
    return text;
}

bool legacyKeyFits(const KeyInputs& inputs, const std::string& key) {
    if (inputs.revision == 2) return rc4(key, kPadding) == inputs.userValue.substr(0, 32);
    return rc4Rounds(key, md5(std::string(kPadding) + inputs.fileId), false) ==
           inputs.userValue.substr(0, 16);
}

// Algorithm 7: what /O hides is the user's password.
std::string userPasswordOfOwner(const KeyInputs& inputs) {
    std::string key = md5(kPadding);
    if (inputs.revision >= 3)
        for (int i = 0; i < 50; ++i)
            key = md5(key);
    key.resize(inputs.keyBytes);
    const std::string hidden = inputs.ownerValue.substr(0, 32);
    return inputs.revision == 2 ? rc4(key, hidden) : rc4Rounds(key, hidden, true);
}

std::optional<std::string> legacyKeyOfEmptyPassword(const KeyInputs& inputs) {
    if (inputs.ownerValue.size() < 32 || inputs.userValue.size() < 16) return std::nullopt;
    for (const std::string& password : {std::string(kPadding), userPasswordOfOwner(inputs)}) {
        std::string key = legacyKey(inputs, password);
        if (legacyKeyFits(inputs, key)) return key;
    }
    return std::nullopt;
}

// Algorithm 2.B for an empty password; `user` is /U when the owner's is tried, else empty.
std::string hardenedHash(std::string_view salt, std::string_view user) {
    std::string hash = sha2(256, std::string(salt) + std::string(user));
    for (unsigned int round = 0;; ++round) {
        std::string block;
        for (int i = 0; i < 64; ++i)
            block.append(hash).append(user);
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

// /U and /O are hash (32 bytes), validation salt (8), key salt (8).
std::optional<std::string> modernKey(const KeyInputs& inputs, std::string_view value,
                                     std::string_view wrappedKey, std::string_view user) {
    if (value.size() < 48 || wrappedKey.size() < 32) return std::nullopt;
    const auto hash = [&](std::string_view salt) {
        return inputs.revision == 5 ? sha2(256, std::string(salt) + std::string(user))
                                    : hardenedHash(salt, user);
    };
    if (hash(value.substr(32, 8)) != value.substr(0, 32)) return std::nullopt;
    return aesDecrypt(hash(value.substr(40, 8)), std::string(16, '\0'), wrappedKey.substr(0, 32), false);
}

}  // namespace

std::optional<std::string> keyForEmptyPassword(const KeyInputs& inputs) {
    if (inputs.revision < 5) return legacyKeyOfEmptyPassword(inputs);
    if (auto key = modernKey(inputs, inputs.userValue, inputs.userKey, {})) return key;
    if (inputs.userValue.size() < 48) return std::nullopt;
    return modernKey(inputs, inputs.ownerValue, inputs.ownerKey,
                     std::string_view(inputs.userValue).substr(0, 48));
}

}  // namespace greffe::pdf
