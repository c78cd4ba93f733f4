// SPDX-License-Identifier: Apache-2.0
// "Retry-After" (RFC 9110, 10.2.3): seconds, or a date.
#pragma once

#include <cstdint>
#include <string_view>

namespace greffe::webhook {

inline constexpr std::uint32_t kMaxRetryAfterSeconds = 86'400;

// The value of a header in HttpResponse::headers ("name: value\n", names in lower case), or empty.
std::string_view headerValue(std::string_view headers, std::string_view name);

// Seconds from now, at most a day; 0 for a date in the past, for nothing, and for what cannot be read (the
// engine's own backoff then decides).
std::uint32_t retryAfterSeconds(std::string_view headers, std::int64_t nowUnix);

}  // namespace greffe::webhook
