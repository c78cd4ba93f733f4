// SPDX-License-Identifier: Apache-2.0
// What webhooks are signed with: HMAC-SHA-256 (RFC 2104), the secret's text as the key.
#pragma once

#include <string>
#include <string_view>

namespace greffe::simulators {

// Lower-case hexadecimal.
std::string hmacSha256Hex(std::string_view key, std::string_view message);

}  // namespace greffe::simulators
