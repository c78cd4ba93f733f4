// SPDX-License-Identifier: Apache-2.0
// "timestamp-authority/1": asks a time-stamp (RFC 3161) over HTTP. Pool: providers. Effect class: idempotent.
#pragma once

#include <greffe/capability/http.h>

namespace greffe {

class TimestampAuthority {
public:
    static constexpr const char* kId = "timestamp-authority/1";

    // imprint: SHA-256 of what is stamped; nonce: 8 random bytes chosen by the host and journaled.
    // The exchange ends with Done and one artifact "token" (application/timestamp-token), or RetryLater, or
    // Rejected.
    virtual HttpExchange* stamp(const unsigned char imprint[32], const unsigned char nonce[8]) noexcept = 0;
    // An exchange that proves the authority answers, for `check --live` and the health page.
    virtual HttpExchange* health() noexcept = 0;

protected:
    ~TimestampAuthority() = default;
};

}  // namespace greffe
