// SPDX-License-Identifier: Apache-2.0
// The table that every bench prints: what was measured, the figure, what is to be reached, and whether it
// was. A figure without a target is there to read the others by.
//
//   Figures figures("Sealing 50 KB");
//   figures.read("raw RSA-2048, openssl speed", "4034 /s");
//   figures.atLeast("documents a second of that rate", 58, 60, "%");
//   figures.print();
#pragma once

#include <string>
#include <vector>

namespace greffe {

class Figures {
public:
    explicit Figures(std::string title) : title_(std::move(title)) {}

    void read(const std::string& what, const std::string& figure);
    void atLeast(const std::string& what, double figure, double target, const std::string& unit);
    void atMost(const std::string& what, double figure, double target, const std::string& unit);
    void print() const;

private:
    struct Row {
        std::string what, figure, target, verdict;
    };

    std::string title_;
    std::vector<Row> rows_;
};

double median(std::vector<double> values);  // 0 of none

// Three significant digits, plain: 12300, 415, 58.3, 0.482.
std::string shortNumber(double value);

}  // namespace greffe
