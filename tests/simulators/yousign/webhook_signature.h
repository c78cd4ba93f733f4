// SPDX-License-Identifier: Apache-2.0
// The signature of a webhook body (sheet, 1.10): HMAC-SHA-256 with the subscription's secret as it is
// written, lower-case hexadecimal.
#pragma once

#include <string>
#include <string_view>

namespace greffe::simulators {

std::string hmacSha256Hex(std::string_view key, std::string_view message);

}  // namespace greffe::simulators
