// SPDX-License-Identifier: Apache-2.0
// What an authority knows of the certificates it issued: that it did, and which of them it took back when.
//
// Thread-safe.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace greffe::simulators {

struct Revocation {
    std::int64_t atUnix = 0;  // seconds
    int reason = 0;           // CRLReason (RFC 5280, 5.3.1); 0, unspecified, is left out of what is published
};

class RevocationRegister {
public:
    // Serial numbers as serialText() writes them.
    void add(const std::string& serial);
    bool knows(const std::string& serial) const;
    // An earlier revocation of the same certificate is replaced.
    void revoke(const std::string& serial, const Revocation& revocation);
    // A revocation that is still to come is not known yet: nobody publishes one ahead.
    std::optional<Revocation> revocationOf(const std::string& serial, std::int64_t nowUnix) const;
    std::map<std::string, Revocation> revokedUntil(std::int64_t nowUnix) const;
    void forgetRevocations();

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::optional<Revocation>> issued_;
};

// "keyCompromise" → 1. Errc::Invalid names those there are.
Result<int> crlReasonNamed(const std::string& name);

}  // namespace greffe::simulators
