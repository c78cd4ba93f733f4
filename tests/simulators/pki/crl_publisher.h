// SPDX-License-Identifier: Apache-2.0
// An authority's list of what it took back (RFC 5280, 5), made anew for whoever asks, right or wrong on
// purpose. Each list has a number above the one before.
//
// Thread-safe after construction.
#pragma once

#include "base/json.h"
#include "simulators/pki/certificate_authority.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace greffe::simulators {

class CrlPublisher {
public:
    // `stranger` signs where the authority should have. Both outlive the publisher.
    CrlPublisher(const CertificateAuthority& authority, const CertificateAuthority& stranger,
                 std::int64_t validSeconds)
        : authority_(authority), stranger_(stranger), validSeconds_(validSeconds) {}

    // The DER CertificateList. `fault` is an entry of the fault plan, or null.
    std::string publish(std::int64_t nowUnix, const Json& fault);

    // Names for FaultPlan, see README.md.
    static std::vector<std::string> faults();

private:
    const CertificateAuthority& authority_;
    const CertificateAuthority& stranger_;
    const std::int64_t validSeconds_;
    std::atomic<std::uint64_t> number_{0};
};

}  // namespace greffe::simulators
