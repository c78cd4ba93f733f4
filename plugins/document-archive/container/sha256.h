// SPDX-License-Identifier: Apache-2.0
// SHA-256 as a running sum. Throws std::runtime_error when OpenSSL has none, which sdk::guarded catches.
#pragma once

#include "utf8.h"

#include <greffe/sdk/openssl.h>

#include <openssl/evp.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace greffe::container {

class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new()) { restart(); }

    void update(std::string_view bytes) {
        check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
    }
    // The digest in hexadecimal letters; starts anew.
    std::string takeHex() {
        std::string digest(32, '\0');
        check(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr));
        restart();
        return toHex(digest);
    }

private:
    static void check(int isDone) {
        if (isDone != 1) throw std::runtime_error("SHA-256: " + sdk::openSslErrors());
    }
    void restart() {
        check(context_ != nullptr ? EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) : 0);
    }

    sdk::OpenSsl<EVP_MD_CTX, EVP_MD_CTX_free> context_;
};

inline std::string sha256Hex(std::string_view bytes) {
    Sha256 sum;
    sum.update(bytes);
    return sum.takeHex();
}

}  // namespace greffe::container
