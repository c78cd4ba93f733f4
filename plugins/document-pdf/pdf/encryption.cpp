// SPDX-License-Identifier: Apache-2.0
#include "encryption.h"

#include "ciphers.h"
#include "encryption_key.h"
#include "filters.h"

#include <algorithm>

namespace greffe::pdf {
namespace {

Refusal unknown(std::string what) {
    return {Reason::Encrypted, "the file is encrypted with " + std::move(what)};
}

std::string threeBytes(std::uint32_t value) {
    return {static_cast<char>(value & 0xFFU), static_cast<char>(value >> 8U & 0xFFU),
            static_cast<char>(value >> 16U & 0xFFU)};
}

}  // namespace

Expected<Encryption> Encryption::open(const Value& dict, std::string_view fileId, Resolver& resolver) {
    const auto get = [&](std::string_view key) { return resolver.resolve(dict.find(key)); };
    GREFFE_PDF_ASSIGN(const Value filter, get("Filter"));
    if (!filter.isName("Standard"))
        return unknown("a handler of its own, " + std::string(filter.bytes().substr(0, 40)));
    GREFFE_PDF_ASSIGN(const Value version, get("V"));
    GREFFE_PDF_ASSIGN(const Value revision, get("R"));
    GREFFE_PDF_ASSIGN(const Value length, get("Length"));
    GREFFE_PDF_ASSIGN(const Value permissions, get("P"));
    GREFFE_PDF_ASSIGN(const Value owner, get("O"));
    GREFFE_PDF_ASSIGN(const Value user, get("U"));
    GREFFE_PDF_ASSIGN(const Value ownerKey, get("OE"));
    GREFFE_PDF_ASSIGN(const Value userKey, get("UE"));
    GREFFE_PDF_ASSIGN(const Value metadata, get("EncryptMetadata"));
    const std::int64_t v = version.integer().value_or(0);
    if (v < 1 || v > 5 || v == 3) return unknown("a method that is not known, /V " + std::to_string(v));

    KeyInputs inputs;
    inputs.revision = revision.integer().value_or(0);
    if (inputs.revision < 2 || inputs.revision > 6)
        return unknown("a method that is not known, /R " + std::to_string(inputs.revision));
    const std::int64_t bits = v == 1 ? 40 : v == 4 ? 128 : length.integer().value_or(40);
    if (v < 5 && (bits < 40 || bits > 128 || bits % 8 != 0)) return unknown("a key of senseless length");
    inputs.keyBytes = static_cast<std::size_t>(bits / 8);
    inputs.permissions = static_cast<std::uint32_t>(permissions.integer().value_or(0));
    inputs.encryptsMetadata = metadata.isNull() || metadata.boolean();
    inputs.ownerValue = owner.string();
    inputs.userValue = user.string();
    inputs.ownerKey = ownerKey.string();
    inputs.userKey = userKey.string();
    inputs.fileId = fileId;

    Encryption encryption;
    encryption.revision_ = static_cast<int>(inputs.revision);
    encryption.permissions_ = inputs.permissions;
    GREFFE_PDF_TRY(encryption.readMethods(dict, v, resolver));
    auto key = keyForEmptyPassword(inputs);
    if (!key) return Refusal{Reason::PasswordNeeded, "the file opens with a password only"};
    encryption.key_ = std::move(*key);
    return encryption;
}

Check Encryption::readMethods(const Value& dict, std::int64_t version, Resolver& resolver) {
    if (version < 4) return Nothing{};  // RC4 for everything
    GREFFE_PDF_ASSIGN(const Value filters, resolver.resolve(dict.find("CF")));
    GREFFE_PDF_ASSIGN(const Value forStreams, resolver.resolve(dict.find("StmF")));
    GREFFE_PDF_ASSIGN(const Value forStrings, resolver.resolve(dict.find("StrF")));
    GREFFE_PDF_ASSIGN(streams_, methodNamed(filters, forStreams, resolver));
    GREFFE_PDF_ASSIGN(strings_, methodNamed(filters, forStrings, resolver));
    const auto isModern = [](Method method) { return method == Method::Aes256; };
    if ((version == 5) != isModern(streams_) && streams_ != Method::None)
        return unknown("a method that does not fit its /V");
    if ((version == 5) != isModern(strings_) && strings_ != Method::None)
        return unknown("a method that does not fit its /V");
    return Nothing{};
}

Expected<Encryption::Method> Encryption::methodNamed(const Value& filters, const Value& name,
                                                     Resolver& resolver) const {
    if (name.isNull() || name.isName("Identity")) return Method::None;
    GREFFE_PDF_ASSIGN(const Value filter, resolver.resolve(filters.find(name.name())));
    GREFFE_PDF_ASSIGN(const Value method, resolver.resolve(filter.find("CFM")));
    if (method.isNull() || method.isName("None")) return Method::None;
    if (method.isName("V2")) return Method::Rc4;
    if (method.isName("AESV2")) return Method::Aes128;
    if (method.isName("AESV3")) return Method::Aes256;
    return unknown("a method that is not known, " + std::string(method.bytes().substr(0, 40)));
}

// Algorithm 1: each object has its own key, but for AES-256.
std::string Encryption::objectKey(Method method, Reference object) const {
    if (method == Method::Aes256) return key_;
    std::string text = key_ + threeBytes(object.number) + threeBytes(object.generation).substr(0, 2);
    if (method == Method::Aes128) text += "sAlT";
    return md5(text).substr(0, std::min<std::size_t>(16, key_.size() + 5));
}

Expected<std::string> Encryption::decrypt(Part part, Reference object, std::string_view bytes) const {
    const Method method = methodOf(part);
    if (method == Method::None || bytes.empty()) return std::string(bytes);
    const std::string key = objectKey(method, object);
    if (method == Method::Rc4) return rc4(key, bytes);
    if (bytes.size() < 16) return malformed("an encrypted string or stream is too short");
    const std::string_view body = bytes.substr(16);
    if (body.empty()) return std::string();
    auto plain = aesDecrypt(key, bytes.substr(0, 16), body, true);
    if (!plain) return malformed("an encrypted string or stream is damaged");
    return std::move(*plain);
}

Expected<std::string> Encryption::encrypt(Part part, Reference object, std::string_view bytes) const {
    const Method method = methodOf(part);
    if (method == Method::None) return std::string(bytes);
    const std::string key = objectKey(method, object);
    if (method == Method::Rc4) return rc4(key, bytes);
    const std::string seed =
        key_ + threeBytes(object.number) + threeBytes(object.generation) + std::string(bytes);
    const std::string vector = sha2(256, seed).substr(0, 16);
    auto cipher = aesEncrypt(key, vector, bytes, true);
    if (!cipher) return Refusal{Reason::LimitExceeded, "a string or stream is too large to encrypt"};
    return vector + *cipher;
}

}  // namespace greffe::pdf
