// SPDX-License-Identifier: Apache-2.0
#include "simulators/http/server_certificates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace greffe::simulators {
namespace {

constexpr std::int64_t kDay = 86400;

}  // namespace

ServerCertificates::ServerCertificates() : strangers_("Nobody knows them") {}

std::vector<std::string> ServerCertificates::kinds() {
    return {"good", "expired", "future", "wrong_name", "untrusted"};
}

Result<TestIdentity> ServerCertificates::identity(const std::string& kind) {
    const std::vector<std::string> known = kinds();
    if (std::find(known.begin(), known.end(), kind) == known.end())
        return makeError(Errc::Invalid, fmt::format("there is no certificate \"{}\"", kind),
                         fmt::format("one of: {}", fmt::join(known, " ")));
    TestProfile profile;
    profile.commonName = kind == "wrong_name" ? "elsewhere.test" : "localhost";
    profile.subjectAltName = kind == "wrong_name" ? "DNS:elsewhere.test" : "DNS:localhost,IP:127.0.0.1";
    profile.extendedKeyUsage = "serverAuth";
    if (kind == "expired") {
        profile.validFromSeconds = -40 * kDay;
        profile.validUntilSeconds = -kDay;
    }
    if (kind == "future") profile.validFromSeconds = kDay;
    return (kind == "untrusted" ? strangers_ : pki_).issue(profile);
}

}  // namespace greffe::simulators
