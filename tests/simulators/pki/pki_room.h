// SPDX-License-Identifier: Apache-2.0
// The authorities behind a simulated service: a root, an intermediate under it unless it is left out, and for
// each of them a responder (OCSP) and a list (CRL). Made anew at each start; nothing here is ever trusted
// outside.
//
// Configuration: "intermediate" (true), "intermediate_valid_from_seconds" and
// "intermediate_valid_until_seconds" (from now), "ocsp_valid_seconds" (3600) and "crl_valid_seconds" (86400):
// how long after thisUpdate nextUpdate is.
//
// Thread-safe after construction but for issue() of its authorities and name().
#pragma once

#include "base/json.h"
#include "simulators/pki/certificate_authority.h"
#include "simulators/pki/crl_publisher.h"
#include "simulators/pki/ocsp_responder.h"

#include <memory>
#include <string>
#include <vector>

namespace greffe::simulators {

class PkiRoom {
public:
    struct Office {
        CertificateAuthority authority;
        OcspResponder responder;
        CrlPublisher publisher;

        Office(std::string name, TestIdentity identity, const std::string& url,
               CertificateAuthority& stranger, const Json& config);
    };

    // `url` is that of the service that answers, without a slash at its end.
    PkiRoom(const Json& config, const std::string& url);

    // Who issues a service's certificates: the intermediate, or the root when there is none.
    CertificateAuthority& issuing() { return offices_.back()->authority; }
    // An authority that nobody trusts.
    CertificateAuthority& stranger() { return stranger_; }
    // "root" or "intermediate"; null when there is none.
    Office* office(const std::string& name) const;
    std::string rootPem() const { return offices_.front()->authority.identity().certificatePem(); }

    // Gives a certificate of issuing() a name for revoke().
    void name(const std::string& name, X509* certificate);
    // {"certificate": "intermediate", "reason": "keyCompromise", "seconds_ago": 60}: takes it back, by the
    // clock `nowUnix`. Reason "unspecified" when left out; negative seconds are still to come. Errc::NotFound
    // for a certificate that is not there, Errc::Invalid for a reason that is not one.
    Status revoke(const Json& order, std::int64_t nowUnix);
    // All of them, with reason and time, as if none had ever been.
    void forgetRevocations();

private:
    struct Named {
        std::string name;
        RevocationRegister* registers;
        std::string serial;
    };
    void name(const std::string& name, X509* certificate, CertificateAuthority& issuer);

    CertificateAuthority stranger_;
    std::vector<std::unique_ptr<Office>> offices_;  // the root first
    std::vector<Named> named_;
};

}  // namespace greffe::simulators
