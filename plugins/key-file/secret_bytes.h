// SPDX-License-Identifier: Apache-2.0
// A revealed secret: bytes that are overwritten before their memory is given back, also when they had to
// move.
#pragma once

#include <greffe/types.h>

#include <openssl/crypto.h>

#include <cstring>
#include <string_view>

namespace greffe::keyfile {

class SecretBytes final : public ByteSink {
public:
    SecretBytes() = default;
    ~SecretBytes() { wipe(); }
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;

    // False above 1 MiB, which no key file reaches, and without memory.
    bool write(Slice bytes) noexcept override {
        if (bytes.size > kMaxBytes - size_) return false;
        auto* const grown = static_cast<char*>(OPENSSL_clear_realloc(data_, size_, size_ + bytes.size + 1));
        if (grown == nullptr) return false;
        data_ = grown;
        std::memcpy(data_ + size_, bytes.data, bytes.size);
        size_ += bytes.size;
        data_[size_] = '\0';
        return true;
    }

    void wipe() noexcept {
        OPENSSL_clear_free(data_, size_);
        data_ = nullptr;
        size_ = 0;
    }

    bool empty() const { return size_ == 0; }
    std::string_view view() const { return {data_, size_}; }
    // Ends with NUL; never null.
    const char* text() const { return data_ != nullptr ? data_ : ""; }
    // Editors end a file with a newline that is not part of the passphrase.
    void trimLineEnd() noexcept {
        while (size_ > 0 && (data_[size_ - 1] == '\n' || data_[size_ - 1] == '\r'))
            data_[--size_] = '\0';
    }

private:
    static constexpr std::size_t kMaxBytes = 1U << 20U;

    char* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace greffe::keyfile
