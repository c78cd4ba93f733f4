// SPDX-License-Identifier: Apache-2.0
#include "der.h"

namespace greffe::seal_pades {

std::optional<DerItem> DerReader::next() {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest_[i]); };
    if (rest_.size() < 2 || (byte(0) & 0x1FU) == 0x1F) return std::nullopt;
    std::size_t header = 2, size = byte(1);
    if (size > 0x80) {
        const std::size_t lengthBytes = size - 0x80;
        if (lengthBytes > 4 || rest_.size() < 2 + lengthBytes) return std::nullopt;
        size = 0;
        for (std::size_t i = 0; i < lengthBytes; ++i)
            size = size << 8U | byte(2 + i);
        header += lengthBytes;
    } else if (size == 0x80) {
        return std::nullopt;  // the indefinite length of BER
    }
    if (rest_.size() - header < size) return std::nullopt;
    const DerItem item{byte(0), rest_.substr(0, header + size), rest_.substr(header, size)};
    rest_.remove_prefix(header + size);
    return item;
}

std::optional<DerItem> DerReader::next(unsigned char tag) {
    if (rest_.empty() || static_cast<unsigned char>(rest_[0]) != tag) return std::nullopt;
    return next();
}

std::optional<DerItem> derWhole(std::string_view der, unsigned char tag) {
    DerReader reader(der);
    const auto item = reader.next(tag);
    return reader.isAtEnd() ? item : std::nullopt;
}

std::string derWrap(unsigned char tag, std::string_view content) {
    std::string der(1, static_cast<char>(tag));
    const std::size_t size = content.size();
    if (size < 0x80) {
        der += static_cast<char>(size);
    } else {
        std::string length;
        for (std::size_t left = size; left != 0; left >>= 8U)
            length.insert(length.begin(), static_cast<char>(left & 0xFFU));
        der += static_cast<char>(0x80U + length.size());
        der += length;
    }
    return der.append(content);
}

}  // namespace greffe::seal_pades
