// SPDX-License-Identifier: Apache-2.0
#include "base/bytes_text.h"

#include "base/json.h"
#include "base/sha256.h"

#include <fmt/format.h>

namespace greffe {
namespace {

// Decodes one character; returns its length, 0 for an invalid or overlong sequence or a surrogate.
std::size_t decodeOne(std::string_view bytes, char32_t& point) {
    const auto lead = static_cast<unsigned char>(bytes[0]);
    if (lead < 0x80) {
        point = lead;
        return 1;
    }
    std::size_t length = 0;
    char32_t smallest = 0;
    if ((lead & 0xe0) == 0xc0) {
        length = 2, point = lead & 0x1f, smallest = 0x80;
    } else if ((lead & 0xf0) == 0xe0) {
        length = 3, point = lead & 0x0f, smallest = 0x800;
    } else if ((lead & 0xf8) == 0xf0) {
        length = 4, point = lead & 0x07, smallest = 0x10000;
    } else {
        return 0;
    }
    if (bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(bytes[i]);
        if ((next & 0xc0) != 0x80) return 0;
        point = point << 6 | (next & 0x3f);
    }
    const bool isSurrogate = point >= 0xd800 && point <= 0xdfff;
    return point < smallest || point > 0x10ffff || isSurrogate ? 0 : length;
}

bool isHarmful(char32_t point) {
    if (point < 0x20 || (point >= 0x7f && point < 0xa0)) return true;  // C0, DEL, C1
    if (point >= 0x200b && point <= 0x200f) return true;               // zero width, direction marks
    if (point >= 0x2028 && point <= 0x202e) return true;  // line separators, bidirectional overrides
    if (point >= 0x2060 && point <= 0x206f) return true;  // invisible operators, isolates
    return point == 0xfeff || (point >= 0xfff9 && point <= 0xfffb);
}

}  // namespace

bool isUtf8(std::string_view bytes) {
    char32_t point = 0;
    while (!bytes.empty()) {
        const std::size_t length = decodeOne(bytes, point);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

std::string displayText(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        char32_t point = 0;
        const std::size_t length = decodeOne(bytes, point);
        if (length == 0) {
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
            bytes.remove_prefix(1);
            continue;
        }
        if (point == U'\\') {
            text += "\\\\";
        } else if (!isHarmful(point)) {
            text += bytes.substr(0, length);
        } else if (point < 0x80) {
            text += fmt::format("\\x{:02x}", static_cast<unsigned>(point));
        } else {
            text += fmt::format("\\u{{{:04x}}}", static_cast<unsigned>(point));
        }
        bytes.remove_prefix(length);
    }
    return text;
}

void putBytes(Json& object, const std::string& key, std::string_view bytes) {
    if (isUtf8(bytes)) {
        object[key] = std::string(bytes);
    } else {
        object[key + "_hex"] = toHex(bytes);
    }
}

std::string bytesOf(const Json& object, const std::string& key) {
    if (memberOf(object, key).is_string()) return textOf(object, key);
    std::string bytes;
    static_cast<void>(fromHex(textOf(object, key + "_hex"), bytes));
    return bytes;
}

std::string_view clipUtf8(std::string_view text, std::size_t maxBytes) {
    if (text.size() <= maxBytes) return text;
    while (maxBytes > 0 && (static_cast<unsigned char>(text[maxBytes]) & 0xc0) == 0x80)
        --maxBytes;
    return text.substr(0, maxBytes);
}

}  // namespace greffe
