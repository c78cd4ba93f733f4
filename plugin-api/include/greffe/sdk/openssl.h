// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects as owners, and its error queue as text. Header-only; include it only where OpenSSL is
// linked.
//
//   sdk::OpenSsl<X509, X509_free> certificate(d2i_X509(nullptr, &at, size));
//   if (!certificate) return error("no certificate: " + sdk::openSslErrors());
#pragma once

#include <openssl/err.h>

#include <memory>
#include <string>

namespace greffe::sdk {

template <auto Free>
struct OpenSslFree {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};

// For functions; a macro such as BIO_free_all or sk_X509_pop_free needs a deleter of its own.
template <class T, auto Free>
using OpenSsl = std::unique_ptr<T, OpenSslFree<Free>>;

// What OpenSSL left in this thread's error queue, oldest first, and empties it: the first line is usually the
// reason.
inline std::string openSslErrors() {
    std::string text;
    char line[256];
    while (const unsigned long code = ERR_get_error()) {
        ERR_error_string_n(code, line, sizeof line);
        if (!text.empty()) text += "; ";
        text += line;
    }
    return text.empty() ? "no further reason" : text;
}

}  // namespace greffe::sdk
