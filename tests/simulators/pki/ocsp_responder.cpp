// SPDX-License-Identifier: Apache-2.0
#include "simulators/pki/ocsp_responder.h"

#include "simulators/pki/openssl_pieces.h"

#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include <optional>

namespace greffe::simulators {
namespace {

using OcspRequest = sdk::OpenSsl<OCSP_REQUEST, OCSP_REQUEST_free>;
using OcspBasic = sdk::OpenSsl<OCSP_BASICRESP, OCSP_BASICRESP_free>;
using OcspId = sdk::OpenSsl<OCSP_CERTID, OCSP_CERTID_free>;
using OcspResponse = sdk::OpenSsl<OCSP_RESPONSE, OCSP_RESPONSE_free>;

constexpr std::int64_t kDaySeconds = 86400;

TestProfile responderProfile(const char* extendedKeyUsage) {
    TestProfile profile;
    profile.commonName = "Greffe test OCSP";
    profile.keyUsage = "critical,digitalSignature";
    profile.extendedKeyUsage = extendedKeyUsage;
    // Its own revocation is not to be asked for: who should answer (RFC 6960, 4.2.2.2.1)?
    profile.extensions.emplace_back(NID_id_pkix_OCSP_noCheck, "ignored");
    return profile;
}

TestProfile expiredResponder() {
    TestProfile profile = responderProfile("OCSPSigning");
    profile.validFromSeconds = -40 * kDaySeconds;
    profile.validUntilSeconds = -kDaySeconds;
    return profile;
}

std::string statusOnly(int status) {
    const OcspResponse response(OCSP_response_create(status, nullptr));
    require(response != nullptr, "an OCSP answer");
    return encoded<OCSP_RESPONSE>(i2d_OCSP_RESPONSE, response.get());
}

// What takes the place of the whole answer.
std::optional<std::string> answerInstead(const std::string& fault) {
    if (fault == "try_later") return statusOnly(OCSP_RESPONSE_STATUS_TRYLATER);
    if (fault == "internal_error") return statusOnly(OCSP_RESPONSE_STATUS_INTERNALERROR);
    if (fault == "unauthorized") return statusOnly(OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    if (fault == "malformed") return "<html>Service temporarily unavailable</html>";
    return std::nullopt;
}

// The same certificate's name with this authority as its issuer; null for a digest that nobody knows.
OcspId idUnder(X509* issuer, OCSP_CERTID* asked, ASN1_INTEGER* serial) {
    ASN1_OBJECT* digest = nullptr;
    OCSP_id_get0_info(nullptr, &digest, nullptr, nullptr, asked);
    const EVP_MD* const known = EVP_get_digestbyobj(digest);
    if (known == nullptr) return nullptr;
    return OcspId(
        OCSP_cert_id_new(known, X509_get_subject_name(issuer), X509_get0_pubkey_bitstr(issuer), serial));
}

}  // namespace

// When an answer was right, in seconds of Unix.
struct OcspResponder::Period {
    std::int64_t thisUpdate = 0;
    std::int64_t nextUpdate = 0;
};

// One BasicOCSPResponse while it is put together.
class OcspResponder::Answer {
public:
    Answer(const CertificateAuthority& authority, const Json& fault, const Period& period)
        : authority_(authority),
          fault_(fault),
          name_(textOf(fault, "fault")),
          asOfUnix_(period.thisUpdate),
          thisUpdate_(asn1Time(period.thisUpdate)),
          nextUpdate_(asn1Time(period.nextUpdate)),
          basic_(OCSP_BASICRESP_new()) {
        require(basic_ != nullptr, "an OCSP answer");
    }

    // A status of the whole answer when it is not about this authority's certificates, else 0.
    int add(OCSP_CERTID* asked) {
        ASN1_INTEGER* serial = nullptr;
        OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, asked);
        const OcspId own = idUnder(authority_.certificate(), asked, serial);
        if (!own) return OCSP_RESPONSE_STATUS_MALFORMEDREQUEST;
        if (OCSP_id_issuer_cmp(own.get(), asked) != 0) return OCSP_RESPONSE_STATUS_UNAUTHORIZED;
        if (name_ == "other_certificate")
            return addStatus(idUnder(authority_.certificate(), asked, nextOf(serial).get()).get(), serial);
        return addStatus(own.get(), serial);
    }

    void copyNonce(OCSP_REQUEST* request) {
        if (name_ == "no_nonce") return;
        unsigned char other[16] = {4, 7, 1, 1};
        if (name_ == "wrong_nonce")
            require(OCSP_basic_add1_nonce(basic_.get(), other, sizeof other) == 1, "nonce");
        else
            require(OCSP_copy_nonce(basic_.get(), request) > 0, "nonce");  // 2: none was asked for
    }

    std::string sign(const TestIdentity& signer) {
        // OpenSSL would write the machine's time, and our clock may be another one.
        require(ASN1_GENERALIZEDTIME_set(
                    const_cast<ASN1_GENERALIZEDTIME*>(OCSP_resp_get0_produced_at(basic_.get())),
                    static_cast<std::time_t>(asOfUnix_)) != nullptr,
                "producedAt");
        require(OCSP_basic_sign(basic_.get(), signer.certificate.get(), signer.key.get(), EVP_sha256(),
                                nullptr, OCSP_NOTIME) == 1,
                "signing an OCSP answer");
        for (const TestX509& issuer : signer.issuers)
            require(OCSP_basic_add1_cert(basic_.get(), issuer.get()) == 1, "issuer's certificate");
        if (name_ == "broken_signature")
            flipOneBit(const_cast<ASN1_OCTET_STRING*>(OCSP_resp_get0_signature(basic_.get())));
        const OcspResponse response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic_.get()));
        require(response != nullptr, "an OCSP answer");
        return encoded<OCSP_RESPONSE>(i2d_OCSP_RESPONSE, response.get());
    }

private:
    static Integer nextOf(const ASN1_INTEGER* serial) {
        const sdk::OpenSsl<BIGNUM, BN_free> number(ASN1_INTEGER_to_BN(serial, nullptr));
        require(number && BN_add_word(number.get(), 1) == 1, "a serial number");
        return Integer(BN_to_ASN1_INTEGER(number.get(), nullptr));
    }

    std::optional<Revocation> revocationOf(const std::string& serial) const {
        if (name_ != "revoked") return authority_.issued().revocationOf(serial, asOfUnix_);
        const auto reason = crlReasonNamed(textOf(fault_, "reason", "keyCompromise"));
        return Revocation{asOfUnix_ - numberOf(fault_, "seconds_ago", 3600), reason ? *reason : 1};
    }

    int addStatus(OCSP_CERTID* id, const ASN1_INTEGER* asked) {
        const std::string serial = serialText(asked);
        const std::optional<Revocation> revocation = revocationOf(serial);
        const bool isKnown = name_ != "unknown" && authority_.issued().knows(serial);
        const int status = !isKnown     ? V_OCSP_CERTSTATUS_UNKNOWN
                           : revocation ? V_OCSP_CERTSTATUS_REVOKED
                                        : V_OCSP_CERTSTATUS_GOOD;
        const Time revokedAt = asn1Time(revocation ? revocation->atUnix : 0);
        const int reason = revocation && revocation->reason != 0 ? revocation->reason : -1;
        require(OCSP_basic_add1_status(basic_.get(), id, status, reason, revokedAt.get(), thisUpdate_.get(),
                                       name_ == "no_next_update" ? nullptr : nextUpdate_.get()) != nullptr,
                "a certificate's status");
        return 0;
    }

    const CertificateAuthority& authority_;
    const Json& fault_;
    const std::string name_;
    const std::int64_t asOfUnix_;  // an old answer knows only what was old
    const Time thisUpdate_;
    const Time nextUpdate_;
    const OcspBasic basic_;
};

OcspResponder::OcspResponder(CertificateAuthority& authority, CertificateAuthority& stranger,
                             std::int64_t validSeconds)
    : authority_(authority),
      validSeconds_(validSeconds),
      responder_(authority.issue(responderProfile("OCSPSigning"))),
      withoutPurpose_(authority.issue(responderProfile(""))),
      expired_(authority.issue(expiredResponder())),
      stranger_(stranger.issue(responderProfile("OCSPSigning"))) {}

std::vector<std::string> OcspResponder::faults() {
    return {"unknown",     "revoked",          "try_later",        "internal_error", "unauthorized",
            "malformed",   "truncated",        "expired",          "not_yet",        "no_next_update",
            "wrong_nonce", "no_nonce",         "wrong_signer",     "no_purpose",     "expired_responder",
            "unreachable", "broken_signature", "other_certificate"};
}

const TestIdentity& OcspResponder::signerFor(const std::string& fault) const {
    if (fault == "wrong_signer") return stranger_;
    if (fault == "no_purpose") return withoutPurpose_;
    if (fault == "expired_responder") return expired_;
    return responder_;
}

std::string OcspResponder::answer(std::string_view request, std::int64_t nowUnix, const Json& fault) const {
    const std::string name = textOf(fault, "fault");
    if (const auto instead = answerInstead(name)) return *instead;
    const auto* at = reinterpret_cast<const unsigned char*>(request.data());
    const auto* const end = at + request.size();
    const OcspRequest parsed(d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(request.size())));
    const int count = parsed ? OCSP_request_onereq_count(parsed.get()) : 0;
    if (count <= 0 || at != end) {
        ERR_clear_error();
        return statusOnly(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    }
    Period period{nowUnix, nowUnix + validSeconds_};
    if (name == "expired") period = {nowUnix - 2 * kDaySeconds, nowUnix - kDaySeconds};
    if (name == "not_yet") period = {nowUnix + kDaySeconds, nowUnix + 2 * kDaySeconds};
    Answer answer(authority_, fault, period);
    for (int i = 0; i < count; ++i)
        if (const int refusal = answer.add(OCSP_onereq_get0_id(OCSP_request_onereq_get0(parsed.get(), i)));
            refusal != 0)
            return statusOnly(refusal);
    answer.copyNonce(parsed.get());
    std::string der = answer.sign(signerFor(name));
    if (name == "truncated") der.resize(der.size() - 1);
    return der;
}

}  // namespace greffe::simulators
