// SPDX-License-Identifier: Apache-2.0
// The host's HTTP client: what sans-IO plugins ask for goes out here, and nowhere else.
//
// For each request: only to the instance's endpoints; TLS 1.2 or newer, with certificate and host name
// checked; to addresses that address_policy.h allows, checked at the socket; no redirections, no cookies, no
// proxies but the configured one, no second try behind the caller's back (each request has a connection of
// its own: libcurl repeats a request whose reused connection died, and a repeated POST may be a second
// payment). Secrets replace their placeholders here, after everything that could log them, and are wiped when
// the request is over.
//
// Any number of requests may be in flight. One thread; start() and poll() are its only calls. One wire an
// instance.
#pragma once

#include "base/result.h"
#include "loader/recorded_http_request.h"
#include "plugin_host/wire_settings.h"

#include <greffe/capability/http.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace greffe {

class SecretVault;

struct WireAnswer {
    HttpFault fault = HttpFault::None;
    std::uint32_t status = 0;
    std::string headers;  // "name: value\n", names in lower case
    std::string body;
    std::string faultText;
    std::uint32_t elapsedMs = 0;

    HttpResponse view() const;
};

class HttpWire {
public:
    using Done = std::function<void(WireAnswer)>;
    static constexpr std::size_t kMaxHeaderBytes = 64U << 10U;

    // `secrets` must outlive the wire.
    static Result<std::unique_ptr<HttpWire>> open(WireSettings settings, const SecretVault& secrets);
    ~HttpWire();
    HttpWire(const HttpWire&) = delete;
    HttpWire& operator=(const HttpWire&) = delete;

    // Puts a request on its way. `done` is called once, by poll() or interrupt(). Errors (nothing was sent,
    // `done` is never called): Denied for a host that is not the instance's, Invalid for a secret that cannot
    // stand in a header.
    Status start(HttpRequestData request, Done done);

    // Moves everything on, waiting at most `wait` for something to happen.
    void poll(std::chrono::milliseconds wait);

    // Opens a connection to an endpoint, TLS included, sends nothing, closes it: what a health check can know
    // about a service that must not be asked for nothing.
    Status startProbe(const Endpoint& endpoint, Done done);

    // Ends everything in flight, each with the fault that is true of it.
    void interrupt(std::string_view why);

    std::size_t inFlight() const;
    const WireSettings& settings() const;

private:
    struct State;
    explicit HttpWire(std::unique_ptr<State> state);

    std::unique_ptr<State> state_;
};

}  // namespace greffe
