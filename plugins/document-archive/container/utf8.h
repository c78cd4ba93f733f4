// SPDX-License-Identifier: Apache-2.0
// Names in archives are bytes; these look at them as text where they are text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace greffe::container {

// Decodes one character; returns its length, 0 for an invalid or overlong sequence or a surrogate.
std::size_t decodeOne(std::string_view bytes, char32_t& point);
void appendUtf8(std::string& text, char32_t point);
bool isUtf8(std::string_view bytes);

// Control characters, and those that show nothing or turn the direction of what follows:
// "invoice\u202Efdp.exe" reads "invoiceexe.pdf".
bool isDeceptive(char32_t point);

// For messages: what is deceptive or no text becomes \xNN or \u{NNNN}, a backslash becomes \\; shortened.
std::string displayName(std::string_view bytes);

std::string toHex(std::string_view bytes);

}  // namespace greffe::container
