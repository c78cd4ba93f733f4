// SPDX-License-Identifier: Apache-2.0
#include "display_text.h"

#include "pdf/text.h"

#include <cstdio>

namespace greffe::document_pdf {
namespace {

bool isUnsafe(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF);
}

}  // namespace

std::string displayText(std::string_view utf8, std::size_t maxBytes) {
    std::string text;
    for (std::size_t at = 0; at < utf8.size();) {
        const char32_t c = pdf::nextCodePoint(utf8, at);
        if (isUnsafe(c)) {
            char escaped[16];
            std::snprintf(escaped, sizeof escaped, "\\u{%X}", static_cast<unsigned>(c));
            text += escaped;
        } else {
            pdf::appendUtf8(text, c);
        }
        if (text.size() > maxBytes && at < utf8.size()) return text + "…";
    }
    return text;
}

std::string rangesText(const std::vector<std::uint32_t>& numbers, std::size_t maxRanges) {
    std::string text;
    std::size_t ranges = 0;
    for (std::size_t i = 0; i < numbers.size();) {
        std::size_t last = i;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1)
            ++last;
        if (++ranges <= maxRanges) {
            text += (text.empty() ? "" : ", ") + std::to_string(numbers[i]);
            if (last > i) text += "-" + std::to_string(numbers[last]);
        }
        i = last + 1;
    }
    if (ranges > maxRanges) text += " and " + std::to_string(ranges - maxRanges) + " more ranges";
    return text;
}

}  // namespace greffe::document_pdf
