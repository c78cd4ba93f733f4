// SPDX-License-Identifier: Apache-2.0
#include "simulators/pki/pki_room.h"

#include "simulators/pki/openssl_pieces.h"

namespace greffe::simulators {
namespace {

constexpr std::int64_t kTwentyYearsSeconds = 20 * 365 * 86400L;

TestProfile authorityProfile(const std::string& commonName) {
    TestProfile profile;
    profile.commonName = commonName;
    profile.isAuthority = true;
    profile.keyUsage = "critical,keyCertSign,cRLSign";
    // Long before, so that certificates that expired had a living issuer.
    profile.validFromSeconds = -kTwentyYearsSeconds;
    profile.validUntilSeconds = kTwentyYearsSeconds;
    return profile;
}

TestProfile intermediateProfile(const Json& config) {
    TestProfile profile = authorityProfile("Greffe test authority");
    profile.validFromSeconds = numberOf(config, "intermediate_valid_from_seconds", profile.validFromSeconds);
    profile.validUntilSeconds =
        numberOf(config, "intermediate_valid_until_seconds", profile.validUntilSeconds);
    return profile;
}

}  // namespace

PkiRoom::Office::Office(std::string name, TestIdentity identity, const std::string& url,
                        CertificateAuthority& stranger, const Json& config)
    : authority(std::move(name), std::move(identity), url),
      responder(authority, stranger, numberOf(config, "ocsp_valid_seconds", 3600)),
      publisher(authority, stranger, numberOf(config, "crl_valid_seconds", 86400)) {}

PkiRoom::PkiRoom(const Json& config, const std::string& url)
    : stranger_("stranger", issueCertificate(authorityProfile("Nobody knows them"), nullptr), url) {
    offices_.push_back(std::make_unique<Office>(
        "root", issueCertificate(authorityProfile("Greffe test root"), nullptr), url, stranger_, config));
    if (!boolOf(config, "intermediate", true)) return;
    CertificateAuthority& root = offices_.front()->authority;
    TestIdentity identity = root.issue(intermediateProfile(config));
    name("intermediate", identity.certificate.get(), root);
    offices_.push_back(std::make_unique<Office>("intermediate", std::move(identity), url, stranger_, config));
}

PkiRoom::Office* PkiRoom::office(const std::string& name) const {
    for (const auto& each : offices_)
        if (each->authority.name() == name) return each.get();
    return nullptr;
}

void PkiRoom::name(const std::string& name, X509* certificate) {
    this->name(name, certificate, issuing());
}

void PkiRoom::name(const std::string& name, X509* certificate, CertificateAuthority& issuer) {
    named_.push_back({name, &issuer.issued(), serialText(X509_get0_serialNumber(certificate))});
}

Status PkiRoom::revoke(const Json& order, std::int64_t nowUnix) {
    GREFFE_TRY_ASSIGN(const int reason, crlReasonNamed(textOf(order, "reason", "unspecified")));
    const std::string wanted = textOf(order, "certificate");
    std::string names;
    for (const Named& each : named_) {
        names += (names.empty() ? "" : " ") + each.name;
        if (each.name != wanted) continue;
        each.registers->revoke(each.serial, {nowUnix - numberOf(order, "seconds_ago"), reason});
        return {};
    }
    return makeError(Errc::NotFound, "there is no certificate \"" + wanted + "\"", "one of: " + names);
}

void PkiRoom::forgetRevocations() {
    for (const auto& each : offices_)
        each->authority.issued().forgetRevocations();
}

}  // namespace greffe::simulators
