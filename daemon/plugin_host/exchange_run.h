// SPDX-License-Identifier: Apache-2.0
// One sans-IO exchange from its first request to its verdict: plugin, wire, plugin, wire… Holds the plugin to
// the contract of http.h: a verdict ends it, a Send comes without one, and it does not go on for ever.
//
// Not thread-safe; lives on the wire's thread and must outlive its request in flight.
#pragma once

#include "loader/recorded_outcome.h"
#include "plugin_host/http_wire.h"

#include <greffe/capability/http.h>

#include <memory>
#include <optional>
#include <string>

namespace greffe {

class ExchangeRun {
public:
    // Requests of one exchange. The longest honest one (ask a token, upload, start, look) needs five; one
    // that sends documents to signers needs some for each of them, and says so.
    static constexpr std::uint32_t kMostRequests = 16;

    // Takes the exchange over; null is a plugin's fault as well. Begins at once.
    ExchangeRun(HttpWire& wire, HttpExchange* exchange, OutcomeLimits limits = {},
                std::uint32_t mostRequests = kMostRequests);
    ExchangeRun(const ExchangeRun&) = delete;
    ExchangeRun& operator=(const ExchangeRun&) = delete;

    // False: poll the wire.
    bool isOver() const { return isOver_; }
    // What it ended with; call it once, when it is over.
    CallResult take();

private:
    struct Release {
        void operator()(HttpExchange* exchange) const { exchange->release(); }
    };

    void advance(const HttpResponse* response);
    void send(const RecordedHttpRequest& request);
    void endAs(Reason reason, std::string explanation);

    HttpWire& wire_;
    const std::uint32_t mostRequests_;
    std::unique_ptr<HttpExchange, Release> exchange_;
    RecordedOutcome outcome_;
    std::uint32_t requests_ = 0;
    bool isOver_ = false;
    std::optional<CallResult> ended_;  // by us, against what the plugin says
};

}  // namespace greffe
