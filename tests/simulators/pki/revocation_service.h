// SPDX-License-Identifier: Apache-2.0
// The pages of an authority that its certificates point to, over HTTP:
//
//   POST /ocsp/NAME            application/ocsp-request (RFC 6960, A.1)
//   GET  /ocsp/NAME/REQUEST    the same in base 64, percent-encoded
//   GET  /crl/NAME.crl         application/pkix-crl (RFC 2585, 4.2)
//   GET  /certificates/NAME.crt  application/pkix-cert, of the authority itself
//
// Faults happen "at" ocsp, crl or certificates, of whichever authority is asked next, or at one's own place:
// ocsp/root, crl/intermediate.
//
// Thread-safe.
#pragma once

#include "simulators/fault_plan.h"
#include "simulators/http_service.h"
#include "simulators/pki/pki_room.h"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace greffe::simulators {

class RevocationService {
public:
    // All outlive the service.
    RevocationService(PkiRoom& room, FaultPlan& faults, std::function<std::int64_t()> nowUnix)
        : room_(room), faults_(faults), nowUnix_(std::move(nowUnix)) {}

    // Nothing: the path is not one of these.
    std::optional<HttpAnswer> answer(const HttpQuestion& question);

    // What was asked, oldest first: [{"service", "authority", "method", "fault"}].
    Json asked() const;
    void forget();

    // For FaultPlan.
    static std::vector<std::string> places();
    static std::vector<std::string> faultsAt(const std::string& place);

private:
    struct Page;
    std::optional<Json> dueFault(const Page& page);
    HttpAnswer ocsp(const Page& page, const HttpQuestion& question, const Json& fault) const;
    HttpAnswer crl(const Page& page, const Json& fault) const;
    static HttpAnswer certificate(const Page& page, const Json& fault);

    PkiRoom& room_;
    FaultPlan& faults_;
    std::function<std::int64_t()> nowUnix_;
    mutable std::mutex mutex_;
    Json asked_ = Json::array();
};

}  // namespace greffe::simulators
