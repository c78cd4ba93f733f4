// SPDX-License-Identifier: Apache-2.0
#include "seal/der.h"

#include <algorithm>

namespace greffe::der {
namespace {

std::size_t lengthOctets(std::size_t value) {
    std::size_t count = 1;
    while (value >>= 8U)
        ++count;
    return count;
}

}  // namespace

std::size_t headerBytes(std::size_t contentBytes) {
    return contentBytes < 0x80 ? 2 : 2 + lengthOctets(contentBytes);
}

void appendHeader(std::string& out, unsigned char tag, std::size_t contentBytes) {
    out.push_back(static_cast<char>(tag));
    if (contentBytes < 0x80) {
        out.push_back(static_cast<char>(contentBytes));
        return;
    }
    const std::size_t count = lengthOctets(contentBytes);
    out.push_back(static_cast<char>(0x80U | count));
    for (std::size_t i = count; i-- > 0;)
        out.push_back(static_cast<char>(contentBytes >> (8 * i)));
}

std::string element(unsigned char tag, std::string_view content) {
    return element(tag, {content});
}

std::string element(unsigned char tag, std::initializer_list<std::string_view> parts) {
    std::size_t contentBytes = 0;
    for (const std::string_view part : parts)
        contentBytes += part.size();
    std::string out;
    out.reserve(headerBytes(contentBytes) + contentBytes);
    appendHeader(out, tag, contentBytes);
    for (const std::string_view part : parts)
        out.append(part);
    return out;
}

std::string setOf(unsigned char tag, std::vector<std::string> elements) {
    // std::string compares as unsigned bytes; a whole DER element is never a prefix of another, so the
    // padding rule of X.690 11.6 has nothing to decide.
    std::sort(elements.begin(), elements.end());
    std::string content;
    for (const std::string& each : elements)
        content += each;
    return element(tag, content);
}

}  // namespace greffe::der
