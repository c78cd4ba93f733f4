// SPDX-License-Identifier: Apache-2.0
// One service of the outside world, played over loopback with its real wire protocol, and with faults on
// demand.
//
// A simulator is a folder here: it derives from Simulator and adds its line to registry.cpp. Methods are
// called from the admin server's threads while the service runs: they must be thread-safe.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <memory>
#include <optional>
#include <string>

namespace greffe::simulators {

class Simulator {
public:
    virtual ~Simulator() = default;

    // Binds to 127.0.0.1 and serves. `directory` exists and is this simulator's own. Returns what the ready
    // line says about it: its ports, addresses, certificates.
    virtual Result<Json> start(const Json& config, const std::string& directory) = 0;
    // What came in so far.
    virtual Json received() const = 0;
    // The raw bytes of one thing that came in, when it keeps them.
    virtual std::optional<std::string> receivedBytes(const std::string&) const { return std::nullopt; }
    // Replaces the faults that are still to happen; see fault_plan.h.
    virtual Status setFaults(const Json& faults) = 0;
    virtual Json faults() const = 0;
    // What a test can make happen, beyond faults: {"sign": "the next signer signs; …"}.
    virtual Json operations() const { return Json::object(); }
    // Makes it happen. Errc::NotFound for an operation that there is not.
    virtual Result<Json> operate(const std::string& operation, const Json&) {
        return makeError(Errc::NotFound, "there is no operation " + operation);
    }
    // The webhooks that were sent and those that wait; see webhook_sender.h.
    virtual Json deliveries() const { return {{"attempts", Json::array()}, {"waiting", Json::array()}}; }
    // Forgets what came in and the faults; keys, certificates and serial numbers stay.
    virtual void reset() = 0;
    // Called once, before destruction: no connection is served afterwards.
    virtual void stop() = 0;
};

}  // namespace greffe::simulators
