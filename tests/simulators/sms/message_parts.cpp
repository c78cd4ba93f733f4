// SPDX-License-Identifier: Apache-2.0
#include "simulators/sms/message_parts.h"

#include <algorithm>
#include <vector>

namespace greffe::simulators {
namespace {

// The default alphabet and, after it, what takes an escape.
constexpr std::u32string_view kGsmLetters =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    U"¿abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view kGsmEscaped = U"\f^{}\\[~]|€";

std::vector<char32_t> codePoints(std::string_view utf8) {
    std::vector<char32_t> points;
    for (std::size_t i = 0; i < utf8.size();) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        const std::size_t size = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        if (i + size > utf8.size()) {
            points.push_back(lead);
            ++i;
            continue;
        }
        char32_t point = size == 1 ? lead : lead & (0xFFU >> (size + 1));
        for (std::size_t at = 1; at < size; ++at)
            point = point << 6U | (static_cast<unsigned char>(utf8[i + at]) & 0x3FU);
        points.push_back(point);
        i += size;
    }
    return points;
}

}  // namespace

MessageParts partsOfMessage(std::string_view utf8) {
    MessageParts count;
    int septets = 0, units = 0;
    for (const char32_t point : codePoints(utf8)) {
        const bool isEscaped = kGsmEscaped.find(point) != std::u32string_view::npos;
        if (!isEscaped && kGsmLetters.find(point) == std::u32string_view::npos) count.isGsm = false;
        septets += isEscaped ? 2 : 1;
        units += point > 0xFFFF ? 2 : 1;
    }
    count.units = count.isGsm ? septets : units;
    const int inOne = count.isGsm ? 160 : 70, inEach = count.isGsm ? 153 : 67;
    if (count.units > inOne) count.parts = (count.units + inEach - 1) / inEach;
    return count;
}

}  // namespace greffe::simulators
