// SPDX-License-Identifier: Apache-2.0
// Every way in which the host calls a plugin, as data: so that each pass (hostile inputs, twice the same, a
// tight limit, a failing wire) covers every capability, and a new capability is one entry.
#pragma once

#include "conformance/corpus.h"
#include "loader/plugin_instance.h"
#include "loader/plugin_metadata.h"
#include "loader/recorded_http_request.h"
#include "loader/recorded_outcome.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace greffe::conformance {

// What the wire says to a request. Headers are "name: value\n" lines.
struct WireAnswer {
    HttpFault fault = HttpFault::None;
    std::uint32_t status = 0;
    std::string headers;
    std::string body;
};
using Wire = std::function<WireAnswer(const HttpRequestData&)>;

struct CallInput {
    const Sample* document = nullptr;
    std::string params;  // empty: the operation's own ordinary ones
    OutcomeLimits limits;
    Wire wire;  // none: every request fails as NotSent
};

struct CallTrace {
    CallResult result;
    OutcomeRule brokenRule = OutcomeRule::None;
    std::string problem;  // a break that is no outcome's: a probe of 300, a malformed request
    std::string problemRule;
    std::vector<HttpRequestData> requests;
    bool isEndless = false;  // an exchange that did not finish
    std::string
        produced;  // everything that came out, as one text: what two runs compare and secrets are searched in
};

struct Operation {
    enum class Kind {
        Pure,      // same inputs and params, same bytes
        Keyed,     // an exchange: the same key gives the same first request
        Unkeyed,   // an exchange that may differ each time (health)
        Signing,   // may differ each time
        Blocking,  // uses the network itself
    };
    std::string name;  // capability and method: "transformer/1 transform"
    Kind kind = Kind::Pure;
    bool takesDocument = true;
    bool isAnswerRead = false;  // exchanges: its Done rests on what the answer's body says
    std::function<void(PluginInstance&, const CallInput&, CallTrace&)> run;

    std::string_view capability() const { return std::string_view(name).substr(0, name.find(' ')); }
    bool isExchange() const { return kind == Kind::Keyed || kind == Kind::Unkeyed; }
};

// Those of the capabilities that the plugin offers and this kit knows.
std::vector<Operation> operationsOf(const PluginMetadata& plugin);

constexpr unsigned kMaxExchangeSteps = 10;

}  // namespace greffe::conformance
