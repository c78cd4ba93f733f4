// SPDX-License-Identifier: Apache-2.0
#include "utf8.h"

#include <cstdio>

namespace greffe::container {
namespace {

constexpr std::size_t kLongestShown = 120;

}  // namespace

std::size_t decodeOne(std::string_view bytes, char32_t& point) {
    const auto lead = static_cast<unsigned char>(bytes[0]);
    if (lead < 0x80) {
        point = lead;
        return 1;
    }
    std::size_t length = 0;
    char32_t smallest = 0;
    if ((lead & 0xe0U) == 0xc0) {
        length = 2, point = lead & 0x1fU, smallest = 0x80;
    } else if ((lead & 0xf0U) == 0xe0) {
        length = 3, point = lead & 0x0fU, smallest = 0x800;
    } else if ((lead & 0xf8U) == 0xf0) {
        length = 4, point = lead & 0x07U, smallest = 0x10000;
    } else {
        return 0;
    }
    if (bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(bytes[i]);
        if ((next & 0xc0U) != 0x80) return 0;
        point = point << 6U | (next & 0x3fU);
    }
    const bool isSurrogate = point >= 0xd800 && point <= 0xdfff;
    return point < smallest || point > 0x10ffff || isSurrogate ? 0 : length;
}

void appendUtf8(std::string& text, char32_t point) {
    const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0U | point >> 6U);
        put(0x80U | (point & 0x3fU));
    } else if (point < 0x10000) {
        put(0xe0U | point >> 12U);
        put(0x80U | (point >> 6U & 0x3fU));
        put(0x80U | (point & 0x3fU));
    } else {
        put(0xf0U | point >> 18U);
        put(0x80U | (point >> 12U & 0x3fU));
        put(0x80U | (point >> 6U & 0x3fU));
        put(0x80U | (point & 0x3fU));
    }
}

bool isUtf8(std::string_view bytes) {
    char32_t point = 0;
    while (!bytes.empty()) {
        const std::size_t length = decodeOne(bytes, point);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

bool isDeceptive(char32_t point) {
    if (point < 0x20 || (point >= 0x7f && point < 0xa0)) return true;  // C0, DEL, C1
    if (point >= 0x200b && point <= 0x200f) return true;               // zero width, direction marks
    if (point >= 0x2028 && point <= 0x202e) return true;               // line separators, overrides
    if (point >= 0x2060 && point <= 0x206f) return true;               // invisible operators, isolates
    return point == 0xfeff || (point >= 0xfff9 && point <= 0xfffb);
}

std::string displayName(std::string_view bytes) {
    std::string text;
    char escaped[16];
    while (!bytes.empty()) {
        if (text.size() > kLongestShown) return text + "…";
        char32_t point = 0;
        const std::size_t length = decodeOne(bytes, point);
        if (length == 0 || (point < 0x80 && isDeceptive(point))) {
            std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned char>(bytes[0]));
            text += escaped;
        } else if (point == U'\\') {
            text += "\\\\";
        } else if (isDeceptive(point)) {
            std::snprintf(escaped, sizeof escaped, "\\u{%04x}", static_cast<unsigned>(point));
            text += escaped;
        } else {
            text += bytes.substr(0, length);
        }
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return text;
}

std::string toHex(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        hex += kDigits[static_cast<unsigned char>(c) >> 4U];
        hex += kDigits[static_cast<unsigned char>(c) & 0xfU];
    }
    return hex;
}

}  // namespace greffe::container
