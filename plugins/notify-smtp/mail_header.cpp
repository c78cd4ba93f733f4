// SPDX-License-Identifier: Apache-2.0
#include "mail_header.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <vector>

namespace greffe::smtp {
namespace {

constexpr std::size_t kLineLimit = 76;
constexpr std::size_t kWordFrame = 12;  // "=?UTF-8?B?" and "?="
constexpr std::size_t kLettersPerPart = 60;

bool startsCharacter(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
}

bool isPlainPhrase(std::string_view text) {
    for (const char c : text) {
        const bool isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                             c == ' ' || c == '-' || c == '_';
        if (!isPlain) return false;
    }
    return !text.empty() && text.front() != ' ' && text.back() != ' ';
}

std::string quotedString(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

bool looksEncoded(std::string_view text) {
    return text.find("=?") != std::string_view::npos;
}

}  // namespace

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::string encodedWords(std::string_view text, std::size_t column) {
    std::string words;
    while (!text.empty()) {
        const std::size_t most = (kLineLimit - 1 - column - kWordFrame) / 4 * 3;
        std::size_t size = std::min(text.size(), most);
        // A word holds whole characters (RFC 2047, section 5).
        while (size < text.size() && size > 1 && !startsCharacter(text[size]))
            --size;
        words.append(words.empty() ? "" : "\r\n ");
        words.append("=?UTF-8?B?").append(base64(text.substr(0, size))).append("?=");
        text.remove_prefix(size);
        column = 0;
    }
    return words;
}

std::string textHeader(std::string_view name, std::string_view text) {
    std::string line(name);
    line += ": ";
    const bool isPlain = isAscii(text) && !looksEncoded(text) && line.size() + text.size() <= kLineLimit;
    if (isPlain) return line.append(text).append("\r\n");
    return line.append(encodedWords(text, line.size())).append("\r\n");
}

std::string personHeader(std::string_view name, const Person& person) {
    std::string line(name);
    line += ": ";
    if (!person.name.empty()) {
        if (isAscii(person.name) && !looksEncoded(person.name) && person.name.size() <= kLineLimit / 2)
            line.append(isPlainPhrase(person.name) ? person.name : quotedString(person.name));
        else
            line.append(encodedWords(person.name, line.size()));
        line.append("\r\n ");
    }
    return line.append("<").append(person.address).append(">\r\n");
}

std::string dateHeader(std::int64_t unixSeconds) {
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto time = static_cast<std::time_t>(unixSeconds);
    std::tm utc{};
    gmtime_r(&time, &utc);
    char text[64];
    std::snprintf(text, sizeof text, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", kDays[utc.tm_wday % 7],
                  utc.tm_mday, kMonths[utc.tm_mon % 12], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                  utc.tm_sec);
    return text;
}

std::string fileNameParameter(std::string_view name, std::string_view value) {
    const std::string key(name);
    if (isAscii(value) && value.size() <= kLettersPerPart) return ";\r\n " + key + "=" + quotedString(value);
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        const bool isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                             c == '-' || c == '_' || c == '.';
        // Between characters only: a reader may decode part by part.
        if (parts.back().size() > kLettersPerPart && startsCharacter(c)) parts.emplace_back();
        char escaped[4];
        std::snprintf(escaped, sizeof escaped, isPlain ? "%c" : "%%%02X", static_cast<unsigned char>(c));
        parts.back() += escaped;
    }
    if (parts.size() == 1) return ";\r\n " + key + "*=UTF-8''" + parts.front();
    std::string result;
    for (std::size_t i = 0; i < parts.size(); ++i)
        result += ";\r\n " + key + "*" + std::to_string(i) + "*=" + (i == 0 ? "UTF-8''" : "") + parts[i];
    return result;
}

}  // namespace greffe::smtp
