// SPDX-License-Identifier: Apache-2.0
// What every file here that builds ASN.1 with OpenSSL needs. A failure of OpenSSL throws std::runtime_error:
// a simulator that cannot sign has nothing better to do than to say so.
#pragma once

#include <greffe/sdk/openssl.h>

#include <openssl/asn1.h>
#include <openssl/bn.h>

#include <cstdint>
#include <ctime>
#include <stdexcept>
#include <string>

namespace greffe::simulators {

using Integer = sdk::OpenSsl<ASN1_INTEGER, ASN1_INTEGER_free>;
using Time = sdk::OpenSsl<ASN1_TIME, ASN1_TIME_free>;

inline void require(bool isFine, const char* what) {
    if (!isFine) throw std::runtime_error(std::string(what) + ": " + sdk::openSslErrors());
}

template <class T>
std::string encoded(int (*i2d)(const T*, unsigned char**), const T* object) {
    unsigned char* bytes = nullptr;
    const int size = i2d(object, &bytes);
    require(size > 0, "encoding");
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

inline Time asn1Time(std::int64_t unixSeconds) {
    Time time(ASN1_TIME_set(nullptr, static_cast<std::time_t>(unixSeconds)));
    require(time != nullptr, "a time");
    return time;
}

// In capitals, "0A1B": a key for maps, and what `openssl x509 -serial` prints.
inline std::string serialText(const ASN1_INTEGER* serial) {
    const sdk::OpenSsl<BIGNUM, BN_free> number(ASN1_INTEGER_to_BN(serial, nullptr));
    char* const hex = number ? BN_bn2hex(number.get()) : nullptr;
    require(hex != nullptr, "a serial number");
    std::string text(hex);
    OPENSSL_free(hex);
    return text;
}

inline void flipOneBit(ASN1_STRING* value) {
    std::string bytes(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                      static_cast<std::size_t>(ASN1_STRING_length(value)));
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    require(ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) == 1, "a broken signature");
}

}  // namespace greffe::simulators
