// SPDX-License-Identifier: Apache-2.0
// Hands one mail to another server on this machine, as a mail server does.
#pragma once

#include "base/json.h"

#include <cstdint>
#include <string>

namespace greffe::simulators {

// To 127.0.0.1. An empty `from` is the null return path (RFC 5321, 4.5.5). {"code": the last reply's,
// "error": empty when the mail was taken}. Waits ten seconds at most.
Json sendToLoopback(std::uint16_t port, const std::string& from, const std::string& to,
                    const std::string& message);

}  // namespace greffe::simulators
