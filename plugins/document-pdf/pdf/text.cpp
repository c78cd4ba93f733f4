// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace greffe::pdf {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Mapping {
    unsigned char byte;
    char16_t codePoint;
};

// Where PDFDocEncoding differs from Latin-1 (annex D.3). Three codes have no meaning in it; among the codes
// of ASCII's controls eight are accents.
constexpr std::array<Mapping, 43> kPdfDoc = {{
    {0x18, 0x02D8},       {0x19, 0x02C7},       {0x1A, 0x02C6},       {0x1B, 0x02D9}, {0x1C, 0x02DD},
    {0x1D, 0x02DB},       {0x1E, 0x02DA},       {0x1F, 0x02DC},       {0x80, 0x2022}, {0x81, 0x2020},
    {0x82, 0x2021},       {0x83, 0x2026},       {0x84, 0x2014},       {0x85, 0x2013}, {0x86, 0x0192},
    {0x87, 0x2044},       {0x88, 0x2039},       {0x89, 0x203A},       {0x8A, 0x2212}, {0x8B, 0x2030},
    {0x8C, 0x201E},       {0x8D, 0x201C},       {0x8E, 0x201D},       {0x8F, 0x2018}, {0x90, 0x2019},
    {0x91, 0x201A},       {0x92, 0x2122},       {0x93, 0xFB01},       {0x94, 0xFB02}, {0x95, 0x0141},
    {0x96, 0x0152},       {0x97, 0x0160},       {0x98, 0x0178},       {0x99, 0x017D}, {0x9A, 0x0131},
    {0x9B, 0x0142},       {0x9C, 0x0153},       {0x9D, 0x0161},       {0x9E, 0x017E}, {0xA0, 0x20AC},
    {0x7F, kReplacement}, {0x9F, kReplacement}, {0xAD, kReplacement},
}};

// Where WinAnsiEncoding differs from Latin-1 (annex D.2).
constexpr std::array<Mapping, 27> kWinAnsi = {{
    {0x80, 0x20AC}, {0x82, 0x201A}, {0x83, 0x0192}, {0x84, 0x201E}, {0x85, 0x2026}, {0x86, 0x2020},
    {0x87, 0x2021}, {0x88, 0x02C6}, {0x89, 0x2030}, {0x8A, 0x0160}, {0x8B, 0x2039}, {0x8C, 0x0152},
    {0x8E, 0x017D}, {0x91, 0x2018}, {0x92, 0x2019}, {0x93, 0x201C}, {0x94, 0x201D}, {0x95, 0x2022},
    {0x96, 0x2013}, {0x97, 0x2014}, {0x98, 0x02DC}, {0x99, 0x2122}, {0x9A, 0x0161}, {0x9B, 0x203A},
    {0x9C, 0x0153}, {0x9E, 0x017E}, {0x9F, 0x0178},
}};

template <std::size_t N>
char32_t meaning(const std::array<Mapping, N>& table, unsigned char byte) {
    const auto* at =
        std::find_if(table.begin(), table.end(), [&](const Mapping& m) { return m.byte == byte; });
    return at != table.end() ? at->codePoint : byte;
}

std::string utf16ToUtf8(std::string_view bytes, bool isLittle) {
    std::string text;
    const auto unit = [&](std::size_t i) {
        const auto a = static_cast<unsigned char>(bytes[i]), b = static_cast<unsigned char>(bytes[i + 1]);
        return static_cast<char32_t>(isLittle ? b << 8U | a : a << 8U | b);
    };
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        char32_t c = unit(i);
        if (c >= 0xD800 && c < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 &&
            unit(i + 2) < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10U) + (unit(i + 2) - 0xDC00);
            i += 2;
        }
        appendUtf8(text, c >= 0xD800 && c < 0xE000 ? kReplacement : c);
    }
    return text;
}

}  // namespace

char32_t nextCodePoint(std::string_view utf8, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(utf8[i]); };
    const unsigned char first = byte(at);
    const std::size_t more = first < 0x80                    ? 0
                             : first >= 0xF0 && first < 0xF5 ? 3
                             : first >= 0xE0 && first < 0xF0 ? 2
                             : first >= 0xC2 && first < 0xE0 ? 1
                                                             : 4;
    if (more == 0) {
        ++at;
        return first;
    }
    if (more == 4 || at + more >= utf8.size()) {
        ++at;
        return kReplacement;
    }
    char32_t c = first & (0x3FU >> more);
    for (std::size_t i = 1; i <= more; ++i) {
        if ((byte(at + i) & 0xC0U) != 0x80) {
            ++at;
            return kReplacement;
        }
        c = c << 6U | (byte(at + i) & 0x3FU);
    }
    at += more + 1;
    const bool isOverlong = (more == 2 && c < 0x800) || (more == 3 && c < 0x10000);
    return isOverlong || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ? kReplacement : c;
}

void appendUtf8(std::string& target, char32_t c) {
    if (c < 0x80) {
        target += static_cast<char>(c);
    } else if (c < 0x800) {
        target += static_cast<char>(0xC0U | c >> 6U);
        target += static_cast<char>(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        target += static_cast<char>(0xE0U | c >> 12U);
        target += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
        target += static_cast<char>(0x80U | (c & 0x3FU));
    } else {
        target += static_cast<char>(0xF0U | c >> 18U);
        target += static_cast<char>(0x80U | (c >> 12U & 0x3FU));
        target += static_cast<char>(0x80U | (c >> 6U & 0x3FU));
        target += static_cast<char>(0x80U | (c & 0x3FU));
    }
}

std::string textToUtf8(std::string_view bytes) {
    if (bytes.substr(0, 2) == "\xFE\xFF") return utf16ToUtf8(bytes.substr(2), false);
    if (bytes.substr(0, 2) == "\xFF\xFE")
        return utf16ToUtf8(bytes.substr(2), true);  // written, though not allowed
    std::string text;
    if (bytes.substr(0, 3) == "\xEF\xBB\xBF") {
        for (std::size_t at = 3; at < bytes.size();)
            appendUtf8(text, nextCodePoint(bytes, at));
        return text;
    }
    for (const char c : bytes)
        appendUtf8(text, meaning(kPdfDoc, static_cast<unsigned char>(c)));
    return text;
}

std::string utf8ToText(std::string_view utf8) {
    if (std::all_of(utf8.begin(), utf8.end(), [](char c) { return c >= 0x20 && c < 0x7F; }))
        return std::string(utf8);
    std::string bytes = "\xFE\xFF";
    const auto unit = [&](char32_t u) {
        bytes += static_cast<char>(u >> 8U & 0xFFU);
        bytes += static_cast<char>(u & 0xFFU);
    };
    for (std::size_t at = 0; at < utf8.size();) {
        const char32_t c = nextCodePoint(utf8, at);
        if (c < 0x10000) {
            unit(c);
        } else {
            unit(0xD800 + ((c - 0x10000) >> 10U));
            unit(0xDC00 + ((c - 0x10000) & 0x3FFU));
        }
    }
    return bytes;
}

WinAnsi utf8ToWinAnsi(std::string_view utf8) {
    WinAnsi result;
    for (std::size_t at = 0; at < utf8.size();) {
        const char32_t c = nextCodePoint(utf8, at);
        const auto* special = std::find_if(kWinAnsi.begin(), kWinAnsi.end(),
                                           [&](const Mapping& m) { return m.codePoint == c; });
        if (special != kWinAnsi.end()) {
            result.bytes += static_cast<char>(special->byte);
        } else if ((c >= 0x20 && c < 0x7F) || (c >= 0xA0 && c <= 0xFF)) {
            result.bytes += static_cast<char>(c);
        } else if (!result.unknown) {
            result.unknown = c;
        }
    }
    return result;
}

std::string literalToken(std::string_view bytes) {
    std::string token = "(";
    for (const char c : bytes) {
        if (c == '(' || c == ')' || c == '\\') token += '\\';
        if (c == '\r')
            token += "\\r";  // a bare one would be read as a line feed
        else
            token += c;
    }
    return token + ")";
}

std::string hexToken(std::string_view bytes) {
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string token = "<";
    token.reserve(bytes.size() * 2 + 2);
    for (const char c : bytes) {
        token += kDigits[static_cast<unsigned char>(c) >> 4U];
        token += kDigits[static_cast<unsigned char>(c) & 0xFU];
    }
    return token + ">";
}

}  // namespace greffe::pdf
