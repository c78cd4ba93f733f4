// SPDX-License-Identifier: Apache-2.0
#include "simulate/stand_in_authority.h"

#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/ts.h>

namespace greffe {
namespace {

constexpr const char* kPolicy = "2.5.29.32.0";  // anyPolicy

template <class T>
std::string der(int (*encode)(const T*, unsigned char**), const T* object) {
    unsigned char* bytes = nullptr;
    const int size = encode(object, &bytes);
    std::string text = size > 0
                           ? std::string(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size))
                           : std::string();
    OPENSSL_free(bytes);
    return text;
}

using Integer = sdk::OpenSsl<ASN1_INTEGER, ASN1_INTEGER_free>;

Integer integerOf(std::string_view bigEndian) {
    const sdk::OpenSsl<BIGNUM, BN_free> number(
        BN_bin2bn(reinterpret_cast<const unsigned char*>(bigEndian.data()),
                  static_cast<int>(bigEndian.size()), nullptr));
    return Integer(number ? BN_to_ASN1_INTEGER(number.get(), nullptr) : nullptr);
}

// TSTInfo of RFC 3161, 2.4.2.
std::string stampedContent(std::string_view imprint, std::string_view nonce, std::uint64_t serialNumber,
                           std::time_t at) {
    const sdk::OpenSsl<TS_TST_INFO, TS_TST_INFO_free> content(TS_TST_INFO_new());
    const sdk::OpenSsl<ASN1_OBJECT, ASN1_OBJECT_free> policy(OBJ_txt2obj(kPolicy, 1));
    const sdk::OpenSsl<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
    const sdk::OpenSsl<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> stamped(TS_MSG_IMPRINT_new());
    const sdk::OpenSsl<ASN1_GENERALIZEDTIME, ASN1_GENERALIZEDTIME_free> time(
        ASN1_GENERALIZEDTIME_set(nullptr, at));
    const Integer serial(ASN1_INTEGER_new()), asked = integerOf(nonce);
    if (!content || !policy || !algorithm || !stamped || !time || !serial || !asked) return {};
    std::string hash(imprint);
    const bool isFilled =
        X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
        TS_MSG_IMPRINT_set_algo(stamped.get(), algorithm.get()) == 1 &&
        TS_MSG_IMPRINT_set_msg(stamped.get(), reinterpret_cast<unsigned char*>(hash.data()),
                               static_cast<int>(hash.size())) == 1 &&
        ASN1_INTEGER_set_uint64(serial.get(), serialNumber) == 1 &&
        TS_TST_INFO_set_version(content.get(), 1) == 1 &&
        TS_TST_INFO_set_policy_id(content.get(), policy.get()) == 1 &&
        TS_TST_INFO_set_msg_imprint(content.get(), stamped.get()) == 1 &&
        TS_TST_INFO_set_serial(content.get(), serial.get()) == 1 &&
        TS_TST_INFO_set_time(content.get(), time.get()) == 1 &&
        TS_TST_INFO_set_nonce(content.get(), asked.get()) == 1;
    return isFilled ? der<TS_TST_INFO>(i2d_TS_TST_INFO, content.get()) : std::string();
}

}  // namespace

Result<StandInAuthority> StandInAuthority::make(WallTime from) {
    GREFFE_TRY_ASSIGN(StandInIdentity identity,
                      StandInIdentity::make(StandInIdentity::Use::Timestamps, from));
    return StandInAuthority(std::move(identity));
}

Result<std::string> StandInAuthority::token(std::string_view imprint, std::string_view nonce, WallTime at) {
    const std::string content =
        stampedContent(imprint, nonce, ++serial_, static_cast<std::time_t>(toUnixMs(at) / 1000));
    const sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free> cms(
        CMS_sign(nullptr, nullptr, nullptr, nullptr, CMS_BINARY | CMS_PARTIAL));
    const sdk::OpenSsl<BIO, BIO_free> bytes(
        BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    const bool isSigned =
        !content.empty() && cms && bytes &&
        CMS_set1_eContentType(cms.get(), OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1 &&
        CMS_add1_signer(cms.get(), identity_.certificate.get(), identity_.key.get(), EVP_sha256(),
                        CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_CADES) != nullptr &&
        CMS_set_detached(cms.get(), 0) == 1 && CMS_final(cms.get(), bytes.get(), nullptr, CMS_BINARY) == 1;
    if (!isSigned) return standInError("a time-stamp for the simulation");
    return der<CMS_ContentInfo>(i2d_CMS_ContentInfo, cms.get());
}

}  // namespace greffe
