// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include "base/bytes_text.h"
#include "base/clock.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace greffe {
namespace {

constexpr std::size_t kBarLetters = 30;

// Code points: wide letters are rare in file names of offices, and a column that is one off hurts nobody.
std::size_t letters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace

bool hasColours() {
    const char* off = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    if ((off != nullptr && *off != '\0') || (term != nullptr && std::string_view(term) == "dumb"))
        return false;
    return isatty(STDOUT_FILENO) == 1;
}

std::optional<std::string> readersLanguage(const std::string& asked) {
    if (asked == "fr" || asked == "en") return asked;
    if (!asked.empty()) return std::nullopt;
    const char* locale = std::getenv("LC_ALL");
    if (locale == nullptr || *locale == '\0') locale = std::getenv("LANG");
    return locale != nullptr && std::string_view(locale).substr(0, 2) == "fr" ? "fr" : "en";
}

std::string paintState(std::string_view state, bool withColours) {
    if (!withColours) return std::string(state);
    const bool needsSomebody = state == "held" || state == "uncertain" || state == "quarantined";
    const bool isBad =
        state == "rejected" || state == "refused" || state == "expired" || state == "cancelled";
    const char* colour = needsSomebody     ? "\033[31m"
                         : isBad           ? "\033[33m"
                         : state == "done" ? "\033[32m"
                                           : "\033[36m";
    return fmt::format("{}{}\033[0m", colour, state);
}

void TextTable::add(std::vector<std::string> row) {
    for (std::string& cell : row)
        cell = displayText(cell);
    row.resize(header_.size());
    rows_.push_back(std::move(row));
}

std::string TextTable::text(bool withColours, std::size_t stateColumn) const {
    std::vector<std::size_t> widths;
    for (const std::string& cell : header_)
        widths.push_back(letters(cell));
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], letters(row[i]));
    std::string text;
    const auto line = [&](const std::vector<std::string>& cells, bool isHeader) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const bool isPainted = withColours && !isHeader && i == stateColumn;
            text += isPainted ? paintState(cells[i], true) : cells[i];
            if (i + 1 < cells.size()) text.append(widths[i] - letters(cells[i]) + 2, ' ');
        }
        while (!text.empty() && text.back() == ' ')
            text.pop_back();
        text += "\n";
    };
    line(header_, true);
    for (const auto& row : rows_)
        line(row, false);
    return text;
}

std::string shortTime(std::int64_t unixMs) {
    if (unixMs == 0) return "-";
    std::string text = formatUtc(fromUnixMs(unixMs)).substr(0, 16);
    text[10] = ' ';
    return text;
}

std::string ageText(std::int64_t milliseconds) {
    const std::int64_t seconds = std::max<std::int64_t>(0, milliseconds / 1'000);
    if (seconds < 60) return fmt::format("{}s", seconds);
    if (seconds < 3'600) return fmt::format("{}m", seconds / 60);
    constexpr std::int64_t kDay = 86'400;
    if (seconds < 2 * kDay) return fmt::format("{}h", seconds / 3'600);
    return fmt::format("{}d", seconds / kDay);
}

std::string sizeText(std::uint64_t bytes) {
    constexpr const char* kUnits[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double size = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (size >= 1024 && unit + 1 < std::size(kUnits)) {
        size /= 1024;
        ++unit;
    }
    return unit == 0 ? fmt::format("{} bytes", bytes) : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

std::string progressText(std::string_view what, std::uint64_t done, std::uint64_t total) {
    const double part =
        total == 0 ? 0.0 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
    const auto filled = static_cast<std::size_t>(part * kBarLetters);
    return fmt::format("{:<10} [{}{}] {:3.0f}%", what, std::string(filled, '#'),
                       std::string(kBarLetters - filled, ' '), part * 100);
}

ProgressBar::ProgressBar() : isShown_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
    if (hasDrawn_) fmt::print(stderr, "\r\033[K");
}

void ProgressBar::show(std::string_view what, std::uint64_t done, std::uint64_t total) {
    if (!isShown_) return;
    hasDrawn_ = true;
    fmt::print(stderr, "\r\033[K{}", progressText(what, done, total));
}

}  // namespace greffe
