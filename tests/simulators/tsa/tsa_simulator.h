// SPDX-License-Identifier: Apache-2.0
// A time-stamp authority (RFC 3161 over HTTP).
//
// Configuration: "key" ("p256", "rsa2048"), "policy_oid", "port", "username" and "password" (asks for HTTP
// Basic then), "serial_file" (default: "serial" in its directory), "valid_from_seconds" and
// "valid_until_seconds" of its certificate (from now), "clock_skew_seconds", "revoked" (a list of what
// "revoke" takes), and what PkiRoom takes. Faults: those of TokenMaker and of HTTP; with "at", those of
// RevocationService.
//
// Operations: "revoke" (PkiRoom::revoke; "tsa" or "intermediate"), "clock" {"skew_seconds"} sets it,
// {"advance_seconds"} adds to it. Of both, reset() leaves what was configured.
#pragma once

#include "simulators/fault_plan.h"
#include "simulators/http_service.h"
#include "simulators/pki/pki_room.h"
#include "simulators/pki/revocation_service.h"
#include "simulators/simulated_clock.h"
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
    Status setFaults(const Json& faults) override;
    Json faults() const override { return faults_.rest(); }
    Json operations() const override;
    Result<Json> operate(const std::string& operation, const Json& body) override;
    void reset() override;
    void stop() override { service_.stop(); }

private:
    std::int64_t nowUnix() const { return toUnixMs(clock_.now()) / 1'000; }
    HttpAnswer answer(const HttpQuestion& question);
    HttpAnswer stamp(const HttpQuestion& question);
    Status makeAuthority();
    Status applyConfiguredTrouble();
    Result<Json> keepCertificates(const std::string& directory) const;
    bool isAuthorized(const HttpQuestion& question) const;
    Result<std::uint64_t> nextSerial();

    FaultPlan faults_;
    SimulatedClock clock_;
    Json config_;
    std::unique_ptr<PkiRoom> room_;
    std::unique_ptr<RevocationService> revocation_;
    std::unique_ptr<TokenMaker> maker_;
    // Held while the certificates are made: they name a port that listens already.
    std::mutex starting_;
    std::string authorization_;  // what the header must be; empty: nothing
    std::string serialFile_;
    mutable std::mutex mutex_;
    std::uint64_t serial_ = 0;
    std::vector<std::string> requests_;
    Json notes_ = Json::array();
    HttpService service_;
};

}  // namespace greffe::simulators
