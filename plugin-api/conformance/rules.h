// SPDX-License-Identifier: Apache-2.0
// The rules of plugin-api/SPEC.md that the kit proves: one table, from which come the TAP lines and the test
// that holds the SPEC, this table and tests/bad-plugins against each other.
#pragma once

#include <string_view>
#include <vector>

namespace greffe::conformance {

struct Rule {
    std::string_view id;     // "OUTCOME-2"
    std::string_view check;  // "known-reasons"
    std::string_view title;  // what a plugin that passes does
};

const std::vector<Rule>& rules();

}  // namespace greffe::conformance
