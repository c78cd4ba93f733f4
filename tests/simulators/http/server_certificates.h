// SPDX-License-Identifier: Apache-2.0
// The certificates that a simulated https service can show: the right one, and those that a client must
// refuse. Made anew at each start under a root of its own, which the ready line names.
#pragma once

#include "base/result.h"
#include "support/test_pki.h"

#include <string>
#include <vector>

namespace greffe::simulators {

class ServerCertificates {
public:
    ServerCertificates();

    // "good" (localhost and 127.0.0.1), "expired" (yesterday), "future" (from tomorrow on), "wrong_name",
    // "untrusted" (another root).
    static std::vector<std::string> kinds();
    // Errc::Invalid for a kind that there is not.
    Result<TestIdentity> identity(const std::string& kind);
    // The root of all but "untrusted".
    std::string rootPem() const { return pki_.rootPem(); }

private:
    TestPki pki_;
    TestPki strangers_;
};

}  // namespace greffe::simulators
