// SPDX-License-Identifier: Apache-2.0
// The few pieces of SMTP's grammar that a server needs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::simulators {

// "size=1000": the keyword in capitals, the value as it came.
struct SmtpParameter {
    std::string keyword;
    std::string value;
};

struct SmtpPath {
    std::string address;  // without angle brackets; empty for <>
    std::vector<SmtpParameter> parameters;
};

// "FROM:<a@b> SIZE=1000" for the keyword "FROM:". Nothing for what is not a path in angle brackets.
std::optional<SmtpPath> parsePath(std::string_view arguments, std::string_view keyword);

std::string upper(std::string text);
bool isAscii(std::string_view text);
// Empty for what is not base 64.
std::string fromBase64(const std::string& text);

}  // namespace greffe::simulators
