// SPDX-License-Identifier: Apache-2.0
#include "simulators/pki/certificate_authority.h"

#include "simulators/pki/openssl_pieces.h"

#include <openssl/x509v3.h>

namespace greffe::simulators {

CertificateAuthority::CertificateAuthority(std::string name, TestIdentity identity, std::string url)
    : name_(std::move(name)), identity_(std::move(identity)), url_(std::move(url)) {}

TestIdentity CertificateAuthority::issue(TestProfile profile) {
    profile.extensions.emplace_back(NID_info_access,
                                    "OCSP;URI:" + ocspUrl() + ",caIssuers;URI:" + certificateUrl());
    profile.extensions.emplace_back(NID_crl_distribution_points, "URI:" + crlUrl());
    TestIdentity made = issueCertificate(profile, &identity_);
    issued_.add(serialText(X509_get0_serialNumber(made.certificate.get())));
    return made;
}

}  // namespace greffe::simulators
