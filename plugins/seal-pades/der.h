// SPDX-License-Identifier: Apache-2.0
// Walks DER (X.690) without copying, and puts pieces of it together. Only what CMS needs: single-byte tags,
// definite lengths; anything else ends the walk.
//
// Why not OpenSSL's parser: each certificate that d2i_CMS_ContentInfo meets has its public key decoded, 0.15
// ms a certificate with OpenSSL 3.0 (measured), more than the rest of a seal with P-256 together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greffe::seal_pades {

inline constexpr unsigned char kDerInteger = 0x02, kDerOctets = 0x04, kDerOid = 0x06, kDerSequence = 0x30,
                               kDerSet = 0x31;
// [n], constructed.
constexpr unsigned char derContext(unsigned int n) {
    return static_cast<unsigned char>(0xA0U + n);
}

struct DerItem {
    unsigned char tag = 0;
    std::string_view bytes;  // with tag and length
    std::string_view content;
};

// Takes items from the front of some DER one after the other.
class DerReader {
public:
    explicit DerReader(std::string_view der) : rest_(der) {}

    bool isAtEnd() const { return rest_.empty(); }
    // The next item; no value at the end or when it is no DER.
    std::optional<DerItem> next();
    // The next item when it has this tag; otherwise nothing is taken.
    std::optional<DerItem> next(unsigned char tag);

private:
    std::string_view rest_;
};

// The one item that `der` consists of, when it has this tag.
std::optional<DerItem> derWhole(std::string_view der, unsigned char tag);

std::string derWrap(unsigned char tag, std::string_view content);

}  // namespace greffe::seal_pades
