// SPDX-License-Identifier: Apache-2.0
#include "seal/stamp_check.h"

#include <greffe/sdk/openssl.h>

#include <openssl/cms.h>
#include <openssl/ts.h>

namespace greffe {
namespace {

using Cms = sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free>;
using Tst = sdk::OpenSsl<TS_TST_INFO, TS_TST_INFO_free>;
using Number = sdk::OpenSsl<BIGNUM, BN_free>;

Error wrong(const char* what) {
    ERR_clear_error();
    return makeError(Errc::Corrupt, what);
}

const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string_view viewOf(const ASN1_OCTET_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

Tst contentOf(std::string_view token) {
    const unsigned char* at = octets(token);
    const Cms cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(token.size())));
    if (!cms || at != octets(token) + token.size() ||
        OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed ||
        OBJ_obj2nid(CMS_get0_eContentType(cms.get())) != NID_id_smime_ct_TSTInfo)
        return nullptr;
    ASN1_OCTET_STRING** const content = CMS_get0_content(cms.get());
    if (content == nullptr || *content == nullptr) return nullptr;
    const std::string_view der = viewOf(*content);
    at = octets(der);
    Tst tst(d2i_TS_TST_INFO(nullptr, &at, static_cast<long>(der.size())));
    return at == octets(der) + der.size() ? std::move(tst) : nullptr;
}

}  // namespace

Status checkStamp(std::string_view token, std::string_view imprint, std::string_view nonce) {
    const Tst tst = contentOf(token);
    if (!tst) return wrong("what came as a time-stamp is not a time-stamp token");
    TS_MSG_IMPRINT* const stamped = TS_TST_INFO_get_msg_imprint(tst.get());
    const ASN1_OBJECT* algorithm = nullptr;
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, TS_MSG_IMPRINT_get_algo(stamped));
    if (imprint.size() != 32 || OBJ_obj2nid(algorithm) != NID_sha256 ||
        viewOf(TS_MSG_IMPRINT_get_msg(stamped)) != imprint)
        return wrong("the time-stamp is over another signature");
    const ASN1_INTEGER* const answered = TS_TST_INFO_get_nonce(tst.get());
    const Number theirs(answered != nullptr ? ASN1_INTEGER_to_BN(answered, nullptr) : nullptr);
    const Number ours(BN_bin2bn(octets(nonce), static_cast<int>(nonce.size()), nullptr));
    if (nonce.empty() || !theirs || !ours || BN_cmp(theirs.get(), ours.get()) != 0)
        return wrong("the time-stamp answers another request");
    return {};
}

}  // namespace greffe
