// SPDX-License-Identifier: Apache-2.0
// Private to the writers: a stream that knows how far it came, and the digest of what went through it.
#pragma once

#include "sha256.h"

#include <greffe/types.h>

#include <cstdint>
#include <string_view>

namespace greffe::container {

class CountingSink {
public:
    explicit CountingSink(ByteSink& sink) : sink_(sink) {}

    // False once the stream took no more; everything behind is dropped.
    bool write(std::string_view bytes) {
        if (!isOpen_) return false;
        sum_.update(bytes);
        count_ += bytes.size();
        isOpen_ = sink_.write(bytes);
        return isOpen_;
    }
    std::uint64_t count() const { return count_; }
    std::string takeDigest() { return sum_.takeHex(); }

private:
    ByteSink& sink_;
    Sha256 sum_;
    std::uint64_t count_ = 0;
    bool isOpen_ = true;
};

}  // namespace greffe::container
