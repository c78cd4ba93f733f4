// SPDX-License-Identifier: Apache-2.0
// Answers whether certificates of one authority were taken back (RFC 6960), signed by a responder that the
// authority delegated this to (4.2.2.2), right or wrong on purpose.
//
// Thread-safe after construction.
#pragma once

#include "base/json.h"
#include "simulators/pki/certificate_authority.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::simulators {

class OcspResponder {
public:
    // `stranger`: whose authority nobody asked. Both outlive the responder.
    OcspResponder(CertificateAuthority& authority, CertificateAuthority& stranger, std::int64_t validSeconds);

    // The DER OCSPResponse for a DER OCSPRequest: "good", "revoked" with time and reason, or "unknown" for a
    // serial number that was never given. What is no request gets malformedRequest, a certificate of another
    // authority unauthorized (2.3). `fault` is an entry of the fault plan, or null.
    std::string answer(std::string_view request, std::int64_t nowUnix, const Json& fault) const;

    // Names for FaultPlan, see README.md.
    static std::vector<std::string> faults();

private:
    struct Period;
    class Answer;
    const TestIdentity& signerFor(const std::string& fault) const;

    const CertificateAuthority& authority_;
    const std::int64_t validSeconds_;
    TestIdentity responder_;
    TestIdentity withoutPurpose_;
    TestIdentity expired_;
    TestIdentity stranger_;
};

}  // namespace greffe::simulators
