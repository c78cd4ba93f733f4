// SPDX-License-Identifier: Apache-2.0
#include "bench/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace greffe {
namespace {

std::string withUnit(double value, const std::string& unit) {
    return shortNumber(value) + (unit.empty() ? "" : " " + unit);
}

}  // namespace

std::string shortNumber(double value) {
    const double size = std::fabs(value);
    if (size >= 100) return fmt::format("{:.0f}", value);
    if (size >= 10) return fmt::format("{:.1f}", value);
    return fmt::format("{:.2f}", value);
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void Figures::read(const std::string& what, const std::string& figure) {
    rows_.push_back({what, figure, "", ""});
}

void Figures::atLeast(const std::string& what, double figure, double target, const std::string& unit) {
    rows_.push_back({what, withUnit(figure, unit), ">= " + withUnit(target, unit),
                     figure >= target ? "reached" : "NOT reached"});
}

void Figures::atMost(const std::string& what, double figure, double target, const std::string& unit) {
    rows_.push_back({what, withUnit(figure, unit), "<= " + withUnit(target, unit),
                     figure <= target ? "reached" : "NOT reached"});
}

void Figures::print() const {
    std::size_t width = title_.size();
    for (const Row& row : rows_)
        width = std::max(width, row.what.size());
    fmt::print("\n{:<{}}  {:>14}  {:>14}\n", title_, width, "figure", "to reach");
    for (const Row& row : rows_)
        fmt::print("{:<{}}  {:>14}  {:>14}  {}\n", row.what, width, row.figure, row.target, row.verdict);
    std::fflush(stdout);
}

}  // namespace greffe
