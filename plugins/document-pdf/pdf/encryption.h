// SPDX-License-Identifier: Apache-2.0
// The standard security handler (ISO 32000-2, 7.6) for files that open without a password: RC4 of 40 to 128
// bits, AES-128, AES-256 of revisions 5 and 6. Strings and streams can be decrypted, and encrypted for new
// objects.
//
// Our own code on OpenSSL's default provider and not PoDoFo's: PoDoFo 0.9.8 takes RC4 from the "legacy"
// provider, a library that a closed sandbox cannot open any more, reuses an AES context after decrypting, and
// cannot have different filters for strings and streams. Encryption is deterministic: the initialisation
// vector is derived from key, object and text, because a seal prepared twice from the same inputs must have
// the same bytes.
#pragma once

#include "expected.h"
#include "value.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::pdf {

class Resolver;

class Encryption {
public:
    // `dict` is the encryption dictionary, `fileId` the first string of the trailer's /ID (may be empty).
    // PasswordNeeded when the empty password does not open it, Encrypted for handlers and methods we do not
    // know.
    static Expected<Encryption> open(const Value& dict, std::string_view fileId, Resolver& resolver);

    enum class Part { String, Stream };
    bool isIdentity(Part part) const { return methodOf(part) == Method::None; }

    // Bytes that cannot have been encrypted with this key are Malformed.
    Expected<std::string> decrypt(Part part, Reference object, std::string_view bytes) const;
    Expected<std::string> encrypt(Part part, Reference object, std::string_view bytes) const;

    // The owner's wishes (/P), as bits of ISO 32000-2, table 22.
    bool mayModify() const { return (permissions_ & 8U) != 0; }
    bool mayFillForms() const { return (permissions_ & (8U | 32U | 256U)) != 0; }
    int revision() const { return revision_; }

private:
    enum class Method { None, Rc4, Aes128, Aes256 };

    Check readMethods(const Value& dict, std::int64_t version, Resolver& resolver);
    Expected<Method> methodNamed(const Value& filters, const Value& name, Resolver& resolver) const;
    Method methodOf(Part part) const { return part == Part::String ? strings_ : streams_; }
    std::string objectKey(Method method, Reference object) const;

    int revision_ = 0;
    std::uint32_t permissions_ = 0;
    std::string key_;
    Method strings_ = Method::Rc4;
    Method streams_ = Method::Rc4;
};

}  // namespace greffe::pdf
