// SPDX-License-Identifier: Apache-2.0
// Text with a password in it: overwritten when it grows, is cleared or goes.
#pragma once

#include <greffe/types.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <string>
#include <string_view>

namespace greffe::smtp {

class SecretText final : public ByteSink {
public:
    SecretText() = default;
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    ~SecretText() { clear(); }

    bool write(Slice bytes) noexcept override {
        try {
            append(bytes.view());
            return true;
        } catch (...) {
            return false;
        }
    }
    void append(std::string_view bytes) {
        std::string longer;
        longer.reserve(text_.size() + bytes.size());
        longer.append(text_).append(bytes);
        text_.swap(longer);
        OPENSSL_cleanse(longer.data(), longer.size());
    }
    void appendBase64(std::string_view bytes) {
        std::string encoded(4 * ((bytes.size() + 2) / 3) + 1, '\0');
        const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                         reinterpret_cast<const unsigned char*>(bytes.data()),
                                         static_cast<int>(bytes.size()));
        append(std::string_view(encoded).substr(0, static_cast<std::size_t>(size)));
        OPENSSL_cleanse(encoded.data(), encoded.size());
    }
    void clear() {
        OPENSSL_cleanse(text_.data(), text_.size());
        text_.clear();
    }
    std::string_view view() const { return text_; }

private:
    std::string text_;
};

}  // namespace greffe::smtp
