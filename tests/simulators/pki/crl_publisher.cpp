// SPDX-License-Identifier: Apache-2.0
#include "simulators/pki/crl_publisher.h"

#include "simulators/pki/openssl_pieces.h"

#include <openssl/x509v3.h>

namespace greffe::simulators {
namespace {

using Crl = sdk::OpenSsl<X509_CRL, X509_CRL_free>;
using CrlEntry = sdk::OpenSsl<X509_REVOKED, X509_REVOKED_free>;
using KeyId = sdk::OpenSsl<AUTHORITY_KEYID, AUTHORITY_KEYID_free>;
using Enumerated = sdk::OpenSsl<ASN1_ENUMERATED, ASN1_ENUMERATED_free>;

constexpr std::int64_t kCrlDaySeconds = 86400;

void addEntry(X509_CRL* crl, const std::string& serial, const Revocation& revocation) {
    CrlEntry entry(X509_REVOKED_new());
    BIGNUM* number = nullptr;
    BN_hex2bn(&number, serial.c_str());
    const sdk::OpenSsl<BIGNUM, BN_free> owned(number);
    const Integer asn1(BN_to_ASN1_INTEGER(number, nullptr));
    require(entry && asn1 && X509_REVOKED_set_serialNumber(entry.get(), asn1.get()) == 1 &&
                X509_REVOKED_set_revocationDate(entry.get(), asn1Time(revocation.atUnix).get()) == 1,
            "an entry of a CRL");
    if (revocation.reason != 0) {
        const Enumerated reason(ASN1_ENUMERATED_new());
        require(reason && ASN1_ENUMERATED_set(reason.get(), revocation.reason) == 1 &&
                    X509_REVOKED_add1_ext_i2d(entry.get(), NID_crl_reason, reason.get(), 0, 0) == 1,
                "the reason of a revocation");
    }
    require(X509_CRL_add0_revoked(crl, entry.get()) == 1, "an entry of a CRL");
    static_cast<void>(entry.release());  // the list's now
}

// The two extensions that every list must have (RFC 5280, 5.2.1 and 5.2.3).
void addExtensions(X509_CRL* crl, X509* issuer, std::uint64_t number) {
    const KeyId keyId(AUTHORITY_KEYID_new());
    const Integer asn1(ASN1_INTEGER_new());
    require(keyId && asn1 && ASN1_INTEGER_set_uint64(asn1.get(), number) == 1, "a CRL");
    keyId->keyid = ASN1_OCTET_STRING_dup(X509_get0_subject_key_id(issuer));
    require(X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, keyId.get(), 0, 0) == 1 &&
                X509_CRL_add1_ext_i2d(crl, NID_crl_number, asn1.get(), 0, 0) == 1,
            "a CRL's extensions");
}

void breakSignature(X509_CRL* crl) {
    const ASN1_BIT_STRING* signature = nullptr;
    X509_CRL_get0_signature(crl, &signature, nullptr);
    flipOneBit(const_cast<ASN1_BIT_STRING*>(signature));
}

}  // namespace

std::vector<std::string> CrlPublisher::faults() {
    return {"expired", "not_yet",   "broken_signature", "wrong_signer",
            "not_der", "truncated", "missing",          "unreachable"};
}

std::string CrlPublisher::publish(std::int64_t nowUnix, const Json& fault) {
    const std::string name = textOf(fault, "fault");
    if (name == "not_der") return "<html>Service temporarily unavailable</html>";
    std::int64_t thisUpdate = nowUnix;
    std::int64_t nextUpdate = nowUnix + validSeconds_;
    if (name == "expired") {
        thisUpdate = nowUnix - 2 * kCrlDaySeconds;
        nextUpdate = nowUnix - kCrlDaySeconds;
    }
    if (name == "not_yet") {
        thisUpdate = nowUnix + kCrlDaySeconds;
        nextUpdate = nowUnix + 2 * kCrlDaySeconds;
    }
    const Crl crl(X509_CRL_new());
    require(crl && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1 &&
                X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(authority_.certificate())) == 1 &&
                X509_CRL_set1_lastUpdate(crl.get(), asn1Time(thisUpdate).get()) == 1 &&
                X509_CRL_set1_nextUpdate(crl.get(), asn1Time(nextUpdate).get()) == 1,
            "a CRL");
    // An old list knows only what was old.
    for (const auto& [serial, revocation] : authority_.issued().revokedUntil(thisUpdate))
        addEntry(crl.get(), serial, revocation);
    addExtensions(crl.get(), authority_.certificate(), ++number_);
    const CertificateAuthority& signer = name == "wrong_signer" ? stranger_ : authority_;
    require(X509_CRL_sort(crl.get()) == 1 &&
                X509_CRL_sign(crl.get(), signer.identity().key.get(), EVP_sha256()) > 0,
            "signing a CRL");
    if (name == "broken_signature") breakSignature(crl.get());
    std::string der = encoded<X509_CRL>(i2d_X509_CRL, crl.get());
    if (name == "truncated") der.resize(der.size() - 1);
    return der;
}

}  // namespace greffe::simulators
