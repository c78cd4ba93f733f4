// SPDX-License-Identifier: Apache-2.0
#include "timestamp_check.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/ts.h>

#include <cstdio>
#include <ctime>

namespace greffe::document_pdf {
namespace {

using Info = sdk::OpenSsl<TS_TST_INFO, TS_TST_INFO_free>;

std::string timeText(const ASN1_GENERALIZEDTIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
    char text[96];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                  parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    return text;
}

std::string check(CMS_ContentInfo* cms, const SignedBytes& bytes, TokenFinding& finding) {
    ASN1_OCTET_STRING** content = CMS_get0_content(cms);
    if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_id_smime_ct_TSTInfo || content == nullptr ||
        *content == nullptr)
        return "it is no time-stamp token";
    const unsigned char* at = ASN1_STRING_get0_data(*content);
    const long size = ASN1_STRING_length(*content);
    const std::string_view inside(reinterpret_cast<const char*>(at), static_cast<std::size_t>(size));
    const Info info(d2i_TS_TST_INFO(nullptr, &at, size));
    if (!info) return "it is no time-stamp token";
    finding.time = timeText(TS_TST_INFO_get_time(info.get()));
    TS_MSG_IMPRINT* imprint = TS_TST_INFO_get_msg_imprint(info.get());
    const EVP_MD* digest = digestFor(TS_MSG_IMPRINT_get_algo(imprint));
    finding.digest = digestName(digest);
    finding.cms = checkEmbeddedCms(cms, inside);
    if (digest == nullptr) return "its digest algorithm is not known";
    const ASN1_OCTET_STRING* stamped = TS_MSG_IMPRINT_get_msg(imprint);
    const auto actual = digestOf(bytes, digest);
    if (!actual || *actual != std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(stamped)),
                                               static_cast<std::size_t>(ASN1_STRING_length(stamped))))
        return "the time-stamp is over other bytes";
    return finding.cms.why;
}

}  // namespace

TokenFinding checkToken(std::string_view der, bool isPadded, const SignedBytes& bytes) {
    TokenFinding finding;
    const auto cms = parseSignedData(der, isPadded);
    finding.why = cms ? check(cms->get(), bytes, finding) : cms.refusal().text;
    finding.isIntact = finding.why.empty();
    ERR_clear_error();
    return finding;
}

}  // namespace greffe::document_pdf
