// SPDX-License-Identifier: Apache-2.0
// Text in PDF strings (ISO 32000-2, 7.9.2): PDFDocEncoding, UTF-16 and UTF-8 with their marks; and WinAnsi
// for fonts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace greffe::pdf {

// A text string's bytes as UTF-8. Never fails: what cannot be read becomes U+FFFD.
std::string textToUtf8(std::string_view bytes);
// UTF-8 as a text string's bytes: ASCII as it is, anything else as UTF-16BE with its mark. Broken UTF-8:
// U+FFFD.
std::string utf8ToText(std::string_view utf8);
// UTF-8 as WinAnsiEncoding, or the first character that it does not have.
struct WinAnsi {
    std::string bytes;
    std::optional<char32_t> unknown;
};
WinAnsi utf8ToWinAnsi(std::string_view utf8);

// The string token: "(…)" with what needs it escaped, "<…>" for encrypted bytes.
std::string literalToken(std::string_view bytes);
std::string hexToken(std::string_view bytes);

// Reads one code point at `at` and moves it on; U+FFFD for bytes that are no UTF-8.
char32_t nextCodePoint(std::string_view utf8, std::size_t& at);
void appendUtf8(std::string& target, char32_t codePoint);

}  // namespace greffe::pdf
