// SPDX-License-Identifier: Apache-2.0
#include "simulators/tsa/token_maker.h"

#include "base/sha256.h"
#include "seal/der.h"
#include "seal/oids.h"
#include "simulators/pki/openssl_pieces.h"

#include <openssl/cms.h>
#include <openssl/ts.h>

namespace greffe::simulators {
namespace {

using Request = sdk::OpenSsl<TS_REQ, TS_REQ_free>;
using Cms = sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free>;
using Bio = sdk::OpenSsl<BIO, BIO_free_all>;

// status 0 to 5, with the token when it is granted, else with a text and a failure bit.
std::string response(int status, std::string_view text, int failureBit, const std::string& token) {
    std::string info = der::element(der::kInteger, std::string(1, static_cast<char>(status)));
    if (!text.empty()) info += der::element(der::kSequence, der::element(0x0C, text));
    if (failureBit >= 0) {
        std::string bits(1 + static_cast<std::size_t>(failureBit) / 8 + 1, '\0');
        bits[0] = static_cast<char>(7 - failureBit % 8);
        bits.back() = static_cast<char>(0x80 >> (failureBit % 8));
        info += der::element(0x03, bits);
    }
    return der::element(der::kSequence, {der::element(der::kSequence, info), token});
}

TestProfile timestamping(const char* extendedKeyUsage) {
    TestProfile profile;
    profile.commonName = "Greffe test time-stamps";
    profile.extendedKeyUsage = extendedKeyUsage;
    return profile;
}

TestProfile timestampingNow(TestKey key, const Json& config) {
    TestProfile profile = timestamping("critical,timeStamping");
    profile.key = key;
    profile.validFromSeconds = numberOf(config, "valid_from_seconds", profile.validFromSeconds);
    profile.validUntilSeconds = numberOf(config, "valid_until_seconds", profile.validUntilSeconds);
    return profile;
}

TestProfile expiredYesterday() {
    TestProfile profile = timestamping("critical,timeStamping");
    profile.validFromSeconds = -400 * 86400L;
    profile.validUntilSeconds = -86400L;
    return profile;
}

void addAttribute(CMS_SignerInfo* info, int nid, const std::string& sequence) {
    require(CMS_signed_add1_attr_by_NID(info, nid, V_ASN1_SEQUENCE, sequence.data(),
                                        static_cast<int>(sequence.size())) == 1,
            "attribute");
}

// SigningCertificate or SigningCertificateV2 with nothing but the hash: the two look the same then.
std::string signingCertificate(std::string_view hash) {
    const std::string id = der::element(der::kSequence, der::element(der::kOctetString, hash));
    return der::element(der::kSequence, der::element(der::kSequence, id));
}

std::string digestOf(X509* certificate, const EVP_MD* digest) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    require(X509_digest(certificate, digest, hash, &size) == 1, "digest of a certificate");
    return {reinterpret_cast<const char*>(hash), size};
}

}  // namespace

struct TokenMaker::Order {
    TS_REQ* request;
    std::uint64_t serial;
    std::int64_t unix;
    std::string fault;
};

TokenMaker::TokenMaker(PkiRoom& room, TestKey key, std::string policyOid, const Json& config)
    : policyOid_(std::move(policyOid)),
      identity_(room.issuing().issue(timestampingNow(key, config))),
      expired_(room.issuing().issue(expiredYesterday())),
      withoutPurpose_(room.issuing().issue(timestamping(""))),
      notCritical_(room.issuing().issue(timestamping("timeStamping"))),
      twoPurposes_(room.issuing().issue(timestamping("critical,timeStamping,1.2.3.4.5"))),
      stranger_(room.stranger().issue(timestamping("critical,timeStamping"))) {}

std::vector<std::string> TokenMaker::faults() {
    return {"wrong_nonce",     "no_nonce",         "wrong_imprint", "wrong_policy",  "time_ahead",
            "time_behind",     "expired",          "no_purpose",    "not_critical",  "two_purposes",
            "stranger",        "broken_signature", "no_ess",        "wrong_ess",     "ess_v1",
            "no_certificates", "two_signatures",   "sha1",          "rejection",     "waiting",
            "no_token",        "not_der",          "truncated",     "trailing_bytes"};
}

const TestIdentity& TokenMaker::signerFor(const std::string& fault) const {
    if (fault == "expired") return expired_;
    if (fault == "no_purpose") return withoutPurpose_;
    if (fault == "not_critical") return notCritical_;
    if (fault == "two_purposes") return twoPurposes_;
    if (fault == "stranger") return stranger_;
    return identity_;
}

// The DER of TSTInfo.
std::string TokenMaker::stampedContent(const Order& order) const {
    const sdk::OpenSsl<TS_TST_INFO, TS_TST_INFO_free> content(TS_TST_INFO_new());
    const sdk::OpenSsl<ASN1_OBJECT, ASN1_OBJECT_free> policy(
        OBJ_txt2obj(order.fault == "wrong_policy" ? "1.2.3.4.99" : policyOid_.c_str(), 1));
    const sdk::OpenSsl<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> imprint(
        TS_MSG_IMPRINT_dup(TS_REQ_get_msg_imprint(order.request)));
    const sdk::OpenSsl<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free> time(
        ASN1_GENERALIZEDTIME_set(nullptr, static_cast<std::time_t>(order.unix)));
    const Integer serial(ASN1_INTEGER_new());
    require(content && policy && imprint && time && serial, "TSTInfo");
    if (order.fault == "wrong_imprint") {
        const ASN1_OCTET_STRING* const hash = TS_MSG_IMPRINT_get_msg(imprint.get());
        std::string other(reinterpret_cast<const char*>(ASN1_STRING_get0_data(hash)),
                          static_cast<std::size_t>(ASN1_STRING_length(hash)));
        other.back() = static_cast<char>(other.back() ^ 1);
        TS_MSG_IMPRINT_set_msg(imprint.get(), reinterpret_cast<unsigned char*>(other.data()),
                               static_cast<int>(other.size()));
    }
    ASN1_INTEGER_set_uint64(serial.get(), order.serial);
    const ASN1_INTEGER* nonce = TS_REQ_get_nonce(order.request);
    const Integer other(ASN1_INTEGER_new());
    ASN1_INTEGER_set_uint64(other.get(), 4711);
    if (order.fault == "wrong_nonce") nonce = other.get();
    require(TS_TST_INFO_set_version(content.get(), 1) == 1 &&
                TS_TST_INFO_set_policy_id(content.get(), policy.get()) == 1 &&
                TS_TST_INFO_set_msg_imprint(content.get(), imprint.get()) == 1 &&
                TS_TST_INFO_set_serial(content.get(), serial.get()) == 1 &&
                TS_TST_INFO_set_time(content.get(), time.get()) == 1,
            "TSTInfo");
    if (nonce != nullptr && order.fault != "no_nonce")
        require(TS_TST_INFO_set_nonce(content.get(), nonce) == 1, "nonce");
    return encoded<TS_TST_INFO>(i2d_TS_TST_INFO, content.get());
}

std::string TokenMaker::signedToken(const std::string& content, const std::string& fault) const {
    const TestIdentity& signer = signerFor(fault);
    const EVP_MD* const digest = fault == "sha1" ? EVP_sha1() : EVP_sha256();
    const bool withOwnEss = fault == "no_ess" || fault == "wrong_ess" || fault == "ess_v1";
    const unsigned int flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP |
                               (withOwnEss ? 0U : static_cast<unsigned int>(CMS_CADES)) |
                               (fault == "no_certificates" ? static_cast<unsigned int>(CMS_NOCERTS) : 0U);
    const Cms cms(CMS_sign(nullptr, nullptr, nullptr, nullptr, CMS_BINARY | CMS_PARTIAL));
    require(cms && CMS_set1_eContentType(cms.get(), OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1, "CMS");
    if (fault != "no_certificates")
        for (const TestX509& issuer : signer.issuers)
            require(CMS_add1_cert(cms.get(), issuer.get()) == 1, "issuer's certificate");
    CMS_SignerInfo* const info =
        CMS_add1_signer(cms.get(), signer.certificate.get(), signer.key.get(), digest, flags);
    require(info != nullptr, "signer");
    if (fault == "wrong_ess")
        addAttribute(info, NID_id_smime_aa_signingCertificateV2,
                     signingCertificate(digestOf(expired_.certificate.get(), EVP_sha256())));
    if (fault == "ess_v1")
        addAttribute(info, NID_id_smime_aa_signingCertificate,
                     signingCertificate(digestOf(signer.certificate.get(), EVP_sha1())));
    if (fault == "two_signatures")
        require(CMS_add1_signer(cms.get(), stranger_.certificate.get(), stranger_.key.get(), digest, flags) !=
                    nullptr,
                "signer");
    const Bio data(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    require(CMS_final(cms.get(), data.get(), nullptr, CMS_BINARY) == 1, "signing a token");
    if (fault == "broken_signature") flipOneBit(CMS_SignerInfo_get0_signature(info));
    return encoded<CMS_ContentInfo>(i2d_CMS_ContentInfo, cms.get());
}

std::string TokenMaker::answer(std::string_view request, std::uint64_t serial, std::int64_t nowUnix,
                               const Json& fault) const {
    const auto* at = reinterpret_cast<const unsigned char*>(request.data());
    const Request parsed(d2i_TS_REQ(nullptr, &at, static_cast<long>(request.size())));
    if (!parsed || at != reinterpret_cast<const unsigned char*>(request.data()) + request.size()) {
        ERR_clear_error();
        return response(2, "the request is not readable", 5, {});
    }
    const ASN1_OBJECT* const wanted = TS_REQ_get_policy_id(parsed.get());
    char policy[128] = {};
    if (wanted != nullptr && OBJ_obj2txt(policy, sizeof policy, wanted, 1) > 0 && policyOid_ != policy)
        return response(2, "policy not offered", 15, {});

    const std::string name = textOf(fault, "fault");
    if (name == "rejection") return response(2, "the authority rests", 14, {});
    if (name == "waiting") return response(3, "come back later", -1, {});
    if (name == "no_token") return response(0, "", -1, {});
    if (name == "not_der") return "<html>Service temporarily unavailable</html>";
    std::int64_t unix = nowUnix;
    if (name == "time_ahead") unix += numberOf(fault, "seconds", 3600);
    if (name == "time_behind") unix -= numberOf(fault, "seconds", 3600);
    std::string answer =
        response(0, "", -1, signedToken(stampedContent({parsed.get(), serial, unix, name}), name));
    if (name == "truncated")
        answer.resize(answer.size() - static_cast<std::size_t>(numberOf(fault, "bytes", 1)));
    if (name == "trailing_bytes") answer += "x";
    return answer;
}

}  // namespace greffe::simulators
