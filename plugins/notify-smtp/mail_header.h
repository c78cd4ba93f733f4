// SPDX-License-Identifier: Apache-2.0
// Header lines as RFC 5322, 2047 and 2231 want them: folded, ASCII only, nothing that a reader must guess.
// Every function expects text that isHeaderSafe() and UTF-8, and returns whole lines with their CRLF.
#pragma once

#include "mail_message.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::smtp {

// "Subject: …": as it is when short and ASCII, otherwise in encoded words.
std::string textHeader(std::string_view name, std::string_view text);

// "To: Name <address>". The address is written as it is (beyond ASCII: SMTPUTF8 was agreed on).
std::string personHeader(std::string_view name, const Person& person);

// "Date: Sun, 22 Nov 2026 04:00:00 +0000"; does not depend on the process's locale.
std::string dateHeader(std::int64_t unixSeconds);

// ";\r\n filename=…": quoted when ASCII, and in RFC 2231's form with continuations when not.
std::string fileNameParameter(std::string_view name, std::string_view value);

// "=?UTF-8?B?…?=" words, folded; the first one begins at `column` of its line.
std::string encodedWords(std::string_view text, std::size_t column);
std::string base64(std::string_view bytes);

}  // namespace greffe::smtp
