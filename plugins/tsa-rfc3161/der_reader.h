// SPDX-License-Identifier: Apache-2.0
// Walks over DER that somebody else wrote, element by element, never outside its bytes. Only what OpenSSL 3.0
// does not hand out is read this way: the token's exact bytes inside an answer, and the ESS certificate ids.
#pragma once

#include <cstddef>
#include <string_view>

namespace greffe::tsa {

// Tags that both readers of messages meet (X.690, 8).
inline constexpr unsigned char kInteger = 0x02;
inline constexpr unsigned char kSequence = 0x30;

struct DerElement {
    unsigned char tag = 0;
    std::string_view content;
    std::string_view whole;  // with tag and length
};

class DerReader {
public:
    explicit DerReader(std::string_view bytes) : rest_(bytes) {}

    bool isAtEnd() const { return rest_.empty(); }
    unsigned char nextTag() const { return rest_.empty() ? 0 : static_cast<unsigned char>(rest_.front()); }

    // False at the end and for what is not DER: indefinite or overlong lengths, tags of more than one octet.
    bool read(DerElement& element) {
        if (rest_.size() < 2 || (rest_[0] & 0x1F) == 0x1F) return false;
        std::size_t header = 2;
        std::size_t size = octet(1);
        if (size >= 0x80) {
            const std::size_t count = size & 0x7FU;
            if (count == 0 || count > 4 || rest_.size() < 2 + count) return false;
            size = 0;
            for (std::size_t i = 0; i < count; ++i)
                size = size << 8U | octet(2 + i);
            header += count;
        }
        if (size > rest_.size() - header) return false;
        element = {static_cast<unsigned char>(rest_[0]), rest_.substr(header, size),
                   rest_.substr(0, header + size)};
        rest_.remove_prefix(header + size);
        return true;
    }
    bool read(DerElement& element, unsigned char tag) { return nextTag() == tag && read(element); }

private:
    std::size_t octet(std::size_t at) const { return static_cast<unsigned char>(rest_[at]); }

    std::string_view rest_;
};

}  // namespace greffe::tsa
