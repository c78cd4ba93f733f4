// SPDX-License-Identifier: Apache-2.0
#include "oneshot/kept_time.h"

#include "base/clock.h"
#include "dossier/kept_dossier.h"

#include <charconv>
#include <chrono>
#include <optional>

namespace greffe {
namespace {

constexpr std::size_t kDateLetters = 10, kSecondLetters = 19;  // "2026-11-22", "2026-11-22T03:59:02"

std::optional<int> digitsAt(const std::string& text, std::size_t at, std::size_t count) {
    int value = 0;
    const char* const from = text.data() + at;
    const auto end = std::from_chars(from, from + count, value);
    if (end.ec != std::errc() || end.ptr != from + count || value < 0) return std::nullopt;
    return value;
}

std::optional<std::chrono::sys_days> dayIn(const std::string& text) {
    if (text.size() < kDateLetters || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = digitsAt(text, 0, 4), month = digitsAt(text, 5, 2), day = digitsAt(text, 8, 2);
    if (!year || !month || !day) return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

}  // namespace

bool isAnniversary(const std::string& date, const std::string& moment) {
    const auto until = dayIn(date), from = dayIn(moment);
    if (!until || !from || date.size() != kDateLetters) return false;
    const auto years = std::chrono::year_month_day(*until).year() - std::chrono::year_month_day(*from).year();
    const auto fromMs = std::chrono::duration_cast<std::chrono::milliseconds>(from->time_since_epoch());
    return years.count() >= 0 && retentionDate(fromMs.count(), years.count()) == date;
}

bool isSameSecond(const std::string& stated, std::int64_t unixSeconds) {
    if (unixSeconds < 0 || unixSeconds > kLastSecond) return false;
    const std::string expected = formatUtc(fromUnixMs(unixSeconds * 1000)).substr(0, kSecondLetters);
    const std::string zone = stated.size() > kSecondLetters ? stated.substr(kSecondLetters) : "";
    return stated.substr(0, kSecondLetters) == expected && (zone.empty() || zone == "Z" || zone == "+00:00");
}

}  // namespace greffe
