// SPDX-License-Identifier: Apache-2.0
#include "smtp_options.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace greffe::smtp {

bool SmtpOptions::isLoopback() const {
    return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

SmtpOptions readOptions(std::string_view text) {
    const nlohmann::json json = nlohmann::json::parse(text);
    SmtpOptions options;
    options.host = json.value("host", std::string());
    const std::string tls = json.value("tls", std::string("starttls"));
    options.tls = tls == "implicit" ? TlsUse::Implicit : tls == "none" ? TlsUse::None : TlsUse::StartTls;
    const int usual = options.tls == TlsUse::Implicit ? 465 : options.tls == TlsUse::None ? 25 : 587;
    options.port = static_cast<std::uint16_t>(json.value("port", usual));
    options.allowsPlaintext = json.value("allow_plaintext", false);
    options.username = json.value("username", std::string());
    options.from = {json.value("from_name", std::string()), json.value("from", std::string())};
    options.caFile = json.value("ca_file", std::string());
    options.timeoutMs = json.value("timeout_seconds", 60U) * 1000;
    options.heloName = json.value("helo_name", std::string());
    return options;
}

bool checkOptions(const SmtpOptions& options, bool hasPassword, Problems& problems) {
    bool isUsable = true;
    const auto error = [&](const char* option, const char* message) {
        problems.error(option, message);
        isUsable = false;
    };
    const auto isName = [](std::string_view text) {
        return std::all_of(text.begin(), text.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   std::string_view("-.:[]_").find(c) != std::string_view::npos;
        });
    };
    if (options.host.empty() || !isName(options.host))
        error("host", "a host name or an address, without a port");
    if (options.port == 0) error("port", "1 to 65535");
    if (options.tls == TlsUse::None && !options.isLoopback() && !options.allowsPlaintext)
        error(
            "tls",
            "\"none\" is for a server on this machine; everybody between here and there could read the mails "
            "(allow_plaintext = true if that is meant)");
    if (options.username.empty() && hasPassword) error("username", "a password without a user name");
    if (!options.username.empty() && !hasPassword) error("password", "a user name without a password");
    if (options.username.find('\0') != std::string::npos) error("username", "holds a NUL");
    if (!isAddress(options.from.address)) error("from", "not an address of the form name@domain");
    if (!isHeaderSafe(options.from.name)) error("from_name", "holds a line break or control character");
    if (!isName(options.heloName)) error("helo_name", "a host name, or an address in brackets");
    if (!options.caFile.empty() && options.caFile.front() != '/') error("ca_file", "give an absolute path");
    return isUsable;
}

}  // namespace greffe::smtp
