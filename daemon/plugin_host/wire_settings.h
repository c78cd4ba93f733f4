// SPDX-License-Identifier: Apache-2.0
// What one instance may do on the network: whom it may ask, how, and how much. Read once, before the sandbox
// closes.
//
// The plugin's own options name its endpoints (every option of the format "uri" in its schema); the house's
// options beside them open or narrow the wire:
//
//   {"endpoints": ["https://other.example"],  more hosts than the plugin's options name
//    "allow_private_address": false,          loopback and private addresses
//    "allow_http": false,                     http:// without TLS, and that only to loopback and private
//    addresses "tls_ca_file": "/etc/…/ca.pem",          trust roots instead of the system's "proxy":
//    "http://proxy.example:3128",    the environment's proxies are never used "connect_timeout_seconds": 10,
//    "max_timeout_seconds": 120, "max_answer_mebibytes": 64}
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// Scheme, host and port of a URL, as libcurl's own parser reads them: no second parser can see another host.
struct Endpoint {
    std::string scheme;  // "https" or "http"
    std::string host;    // lower case; brackets around a v6 address
    std::uint16_t port = 0;

    // Errc::Invalid for what is not a URL, another scheme, or a user name or password inside.
    static Result<Endpoint> of(const std::string& url);
    std::string text() const;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct WireSettings {
    std::vector<Endpoint> endpoints;
    bool allowsPrivateAddress = false;
    bool allowsHttp = false;
    std::string caPem;  // empty: the system's trust roots
    std::string proxy;  // empty: none
    std::uint32_t connectTimeoutMs = 10'000;
    std::uint32_t maxTimeoutMs = 120'000;
    std::uint64_t maxAnswerBytes = 64U << 20U;

    // Reads the CA file. `optionsSchema` and `optionsJson` are the plugin's, `hostOptionsJson` as above.
    // Errors name the option.
    static Result<WireSettings> read(std::string_view hostOptionsJson, std::string_view optionsJson,
                                     std::string_view optionsSchema);

    // Ok when a request may go there.
    Status check(const Endpoint& endpoint) const;
};

}  // namespace greffe
