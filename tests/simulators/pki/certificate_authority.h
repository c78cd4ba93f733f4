// SPDX-License-Identifier: Apache-2.0
// An authority that issues certificates and answers for them: each says where its revocation can be asked for
// and where its issuer's certificate lies (RFC 5280, 4.2.1.13 and 4.2.2.1).
//
//   {url}/ocsp/{name}   {url}/crl/{name}.crl   {url}/certificates/{name}.crt
//
// Thread-safe after construction but for issue().
#pragma once

#include "simulators/pki/revocation_register.h"
#include "support/test_pki.h"

#include <string>

namespace greffe::simulators {

class CertificateAuthority {
public:
    // `url` is that of the service that answers, without a slash at its end.
    CertificateAuthority(std::string name, TestIdentity identity, std::string url);

    TestIdentity issue(TestProfile profile);

    const std::string& name() const { return name_; }
    const TestIdentity& identity() const { return identity_; }
    X509* certificate() const { return identity_.certificate.get(); }
    std::string ocspUrl() const { return url_ + "/ocsp/" + name_; }
    std::string crlUrl() const { return url_ + "/crl/" + name_ + ".crl"; }
    std::string certificateUrl() const { return url_ + "/certificates/" + name_ + ".crt"; }

    RevocationRegister& issued() { return issued_; }
    const RevocationRegister& issued() const { return issued_; }

private:
    std::string name_;
    TestIdentity identity_;
    std::string url_;
    RevocationRegister issued_;
};

}  // namespace greffe::simulators
