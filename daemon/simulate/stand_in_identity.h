// SPDX-License-Identifier: Apache-2.0
// Keys and certificates that stand in for configured ones in a simulation: made anew each time, self-signed,
// named SIMULATION, worth nothing.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <greffe/sdk/openssl.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>

namespace greffe {

inline constexpr const char* kSimulation = "SIMULATION";

struct StandInIdentity {
    enum class Use { Seal, Timestamps };

    // P-256, valid from a day before `from` (and before now) for a century.
    static Result<StandInIdentity> make(Use use, WallTime from);

    std::string keyPem() const;  // PKCS#8
    std::string certificatePem() const;

    sdk::OpenSsl<EVP_PKEY, EVP_PKEY_free> key;
    sdk::OpenSsl<X509, X509_free> certificate;
};

// What OpenSSL said when `what` could not be made.
Error standInError(const char* what);

}  // namespace greffe
