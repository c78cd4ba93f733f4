// SPDX-License-Identifier: Apache-2.0
// A time-stamp authority (RFC 3161 over HTTP).
//
// Configuration: "key" ("p256", "rsa2048"), "policy_oid", "port", "username" and "password" (asks for HTTP
// Basic then), "serial_file" (default: "serial" in its directory). Faults: those of TokenMaker and of HTTP.
#pragma once

#include "simulators/fault_plan.h"
#include "simulators/http_service.h"
#include "simulators/simulator.h"
#include "simulators/tsa/token_maker.h"

#include <memory>
#include <mutex>
#include <string>

namespace greffe::simulators {

class TsaSimulator final : public Simulator {
public:
    TsaSimulator();
    ~TsaSimulator() override;

    Result<Json> start(const Json& config, const std::string& directory) override;
    Json received() const override;
    std::optional<std::string> receivedBytes(const std::string& id) const override;
    Status setFaults(const Json& faults) override { return faults_.set(faults); }
    Json faults() const override { return faults_.rest(); }
    void reset() override;
    void stop() override { service_.stop(); }

private:
    HttpAnswer answer(const HttpQuestion& question);
    bool isAuthorized(const HttpQuestion& question) const;
    Result<std::uint64_t> nextSerial();

    FaultPlan faults_;
    std::unique_ptr<TokenMaker> maker_;
    std::string authorization_;  // what the header must be; empty: nothing
    std::string serialFile_;
    mutable std::mutex mutex_;
    std::uint64_t serial_ = 0;
    std::vector<std::string> requests_;
    Json notes_ = Json::array();
    HttpService service_;
};

}  // namespace greffe::simulators
