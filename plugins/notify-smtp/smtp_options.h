// SPDX-License-Identifier: Apache-2.0
// How to reach the server, as configured.
#pragma once

#include "mail_message.h"

#include <greffe/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe::smtp {

enum class TlsUse { StartTls, Implicit, None };

struct SmtpOptions {
    std::string host;
    std::uint16_t port = 0;
    TlsUse tls = TlsUse::StartTls;
    bool allowsPlaintext = false;
    std::string username;  // empty: no authentication
    Person from;
    std::string caFile;  // empty: the system's roots
    std::uint32_t timeoutMs = 60'000;
    std::string heloName;  // empty: the connection's own address

    bool isLoopback() const;
};

SmtpOptions readOptions(std::string_view json);

// Everything that a schema cannot say. False when something is an error.
bool checkOptions(const SmtpOptions& options, bool hasPassword, Problems& problems);

}  // namespace greffe::smtp
