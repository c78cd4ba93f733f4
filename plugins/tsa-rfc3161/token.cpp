// SPDX-License-Identifier: Apache-2.0
#include "token.h"

#include "signer_checks.h"

#include <openssl/cms.h>
#include <openssl/ts.h>

#include <cstdlib>
#include <cstring>
#include <ctime>

namespace greffe::tsa {
namespace {

using Cms = sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free>;
using Tst = sdk::OpenSsl<TS_TST_INFO, TS_TST_INFO_free>;

const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

Cms parseToken(std::string_view token) {
    const unsigned char* at = octets(token);
    Cms cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(token.size())));
    return at == octets(token) + token.size() ? std::move(cms) : nullptr;
}

Tst parseContent(CMS_ContentInfo* cms) {
    ASN1_OCTET_STRING** const content = CMS_get0_content(cms);
    if (content == nullptr || *content == nullptr) return nullptr;
    const unsigned char* at = ASN1_STRING_get0_data(*content);
    const unsigned char* const end = at + ASN1_STRING_length(*content);
    Tst tst(d2i_TS_TST_INFO(nullptr, &at, end - at));
    return at == end ? std::move(tst) : nullptr;
}

std::string oidText(const ASN1_OBJECT* object) {
    char text[128] = {};
    OBJ_obj2txt(text, sizeof text, object, 1);
    return text;
}

std::string serialText(const ASN1_INTEGER* serial) {
    const sdk::OpenSsl<BIGNUM, BN_free> number(ASN1_INTEGER_to_BN(serial, nullptr));
    char* const hex = number ? BN_bn2hex(number.get()) : nullptr;
    std::string text = hex != nullptr ? hex : "";
    OPENSSL_free(hex);
    return text;
}

bool isImprintOf(TS_TST_INFO* tst, const Question& question) {
    TS_MSG_IMPRINT* const imprint = TS_TST_INFO_get_msg_imprint(tst);
    const ASN1_OBJECT* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(imprint));
    const ASN1_OCTET_STRING* const hash = TS_MSG_IMPRINT_get_msg(imprint);
    return OBJ_obj2nid(algorithm) == NID_sha256 && ASN1_STRING_length(hash) == sizeof question.imprint &&
           std::memcmp(ASN1_STRING_get0_data(hash), question.imprint, sizeof question.imprint) == 0;
}

bool isNonceOf(TS_TST_INFO* tst, const Question& question) {
    const ASN1_INTEGER* const nonce = TS_TST_INFO_get_nonce(tst);
    if (nonce == nullptr) return false;
    const sdk::OpenSsl<BIGNUM, BN_free> theirs(ASN1_INTEGER_to_BN(nonce, nullptr));
    const sdk::OpenSsl<BIGNUM, BN_free> ours(BN_bin2bn(question.nonce, sizeof question.nonce, nullptr));
    return theirs && ours && BN_cmp(theirs.get(), ours.get()) == 0;
}

bool readGenTime(TS_TST_INFO* tst, std::int64_t& unix) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(tst), &parts) != 1) return false;
    unix = static_cast<std::int64_t>(timegm(&parts));
    return true;
}

// What the token says, before who says it.
Checked checkContent(TS_TST_INFO* tst, const Question& question, const Authority& authority,
                     std::int64_t nowUnix, TokenFacts& facts) {
    if (TS_TST_INFO_get_version(tst) != 1) return bad("the token's version is not 1");
    if (!isImprintOf(tst, question)) return bad("the token stamps another digest than the one sent");
    if (!isNonceOf(tst, question))
        return bad("the token has not the nonce of the request: it may be an old one");
    facts.policyOid = oidText(TS_TST_INFO_get_policy_id(tst));
    if (!authority.policyOid.empty() && facts.policyOid != authority.policyOid)
        return bad("the token was made under policy " + facts.policyOid + " instead of " +
                   authority.policyOid);
    facts.serialHex = serialText(TS_TST_INFO_get_serial(tst));
    if (!readGenTime(tst, facts.genTimeUnix)) return bad("the token's time is not readable");
    const std::int64_t skew = facts.genTimeUnix - nowUnix;
    if (std::llabs(skew) > authority.maxSkewSeconds)
        return bad("the token's time is " + std::to_string(std::llabs(skew)) + " s " +
                   (skew > 0 ? "ahead of" : "behind") + " this machine's clock; more than " +
                   std::to_string(authority.maxSkewSeconds) + " s are not accepted: check both clocks");
    return {};
}

}  // namespace

Checked checkToken(std::string_view token, const Question& question, const Authority& authority,
                   std::int64_t nowUnix, TokenFacts& facts) {
    ERR_clear_error();
    const Cms cms = parseToken(token);
    if (!cms) return bad("the token is not CMS: " + sdk::openSslErrors());
    if (OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed ||
        OBJ_obj2nid(CMS_get0_eContentType(cms.get())) != NID_id_smime_ct_TSTInfo)
        return bad("the token is not signed TSTInfo");
    const Tst tst = parseContent(cms.get());
    if (!tst) return bad("the token's TSTInfo is not readable: " + sdk::openSslErrors());
    if (Checked refusal = checkContent(tst.get(), question, authority, nowUnix, facts)) return refusal;
    return checkSigner(cms.get(), authority, facts);
}

}  // namespace greffe::tsa
