// SPDX-License-Identifier: Apache-2.0
#include "retry_after.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace greffe::webhook {
namespace {

// "Sun, 22 Nov 2026 04:00:00 GMT"; -1 for anything else. By hand: strptime depends on the locale.
std::int64_t unixOf(std::string_view date) {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (date.size() != 29 || date.substr(25) != " GMT") return -1;
    const auto number = [&](std::size_t at, std::size_t size) {
        int value = -1;
        const auto [end, error] = std::from_chars(date.data() + at, date.data() + at + size, value);
        return error == std::errc() && end == date.data() + at + size ? value : -1;
    };
    const std::size_t month = kMonths.find(date.substr(8, 3));
    std::tm utc{};
    utc.tm_mday = number(5, 2);
    utc.tm_mon = static_cast<int>(month / 3);
    utc.tm_year = number(12, 4) - 1900;
    utc.tm_hour = number(17, 2);
    utc.tm_min = number(20, 2);
    utc.tm_sec = number(23, 2);
    const bool isDate = month != std::string_view::npos && month % 3 == 0 && utc.tm_mday >= 1 &&
                        utc.tm_year >= 70 && utc.tm_hour >= 0 && utc.tm_min >= 0 && utc.tm_sec >= 0;
    return isDate ? static_cast<std::int64_t>(timegm(&utc)) : -1;
}

}  // namespace

std::string_view headerValue(std::string_view headers, std::string_view name) {
    while (!headers.empty()) {
        const std::string_view line = headers.substr(0, headers.find('\n'));
        headers.remove_prefix(std::min(headers.size(), line.size() + 1));
        if (line.substr(0, name.size()) == name && line.substr(name.size(), 2) == ": ")
            return line.substr(name.size() + 2);
    }
    return {};
}

std::uint32_t retryAfterSeconds(std::string_view headers, std::int64_t nowUnix) {
    const std::string_view value = headerValue(headers, "retry-after");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error != std::errc() || end != value.data() + value.size()) {
        const std::int64_t date = unixOf(value);
        seconds = date < 0 ? 0 : date - nowUnix;
    }
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, kMaxRetryAfterSeconds));
}

}  // namespace greffe::webhook
