// SPDX-License-Identifier: Apache-2.0
// What operators' commands print: tables, colours where a person looks, a progress bar where one waits.
#pragma once

#include "base/json_fwd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// Whether stdout is a terminal that wants colours: not with NO_COLOR set to anything, not with TERM=dumb.
bool hasColours();

// "fr" or "en": the one that was asked for, else that of the locale. Nothing when another one was asked for.
std::optional<std::string> readersLanguage(const std::string& asked);

// The name of a dossier's state, in the colour of how much attention it needs, if there are colours.
std::string paintState(std::string_view state, bool withColours);

// Lines up columns by the width of their letters. Cells are made harmless for a terminal.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> header) : header_(std::move(header)) {}

    void add(std::vector<std::string> row);
    std::size_t size() const { return rows_.size(); }
    // stateColumn: painted; none without colours. The last column is not filled up.
    std::string text(bool withColours = false, std::size_t stateColumn = SIZE_MAX) const;

private:
    std::vector<std::string> header_;
    std::vector<std::vector<std::string>> rows_;
};

// "2026-11-22 03:59", UTC; "-" for 0.
std::string shortTime(std::int64_t unixMs);
// "45s", "12m", "3h", "9d".
std::string ageText(std::int64_t milliseconds);
// "1.5 GiB".
std::string sizeText(std::uint64_t bytes);

// On stderr, only when that is a terminal; erased at the end.
class ProgressBar {
public:
    ProgressBar();
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void show(std::string_view what, std::uint64_t done, std::uint64_t total);

private:
    const bool isShown_;
    bool hasDrawn_ = false;
};

// "documents  [#####     ] 52%".
std::string progressText(std::string_view what, std::uint64_t done, std::uint64_t total);

}  // namespace greffe
