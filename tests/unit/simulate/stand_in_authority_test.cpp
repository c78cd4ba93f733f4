// SPDX-License-Identifier: Apache-2.0
// The token of a simulation is a real one: OpenSSL's own reader of RFC 3161 takes it. That the seal step
// takes it too is shown by end_to_end_simulate.
#include "simulate/stand_in_authority.h"

#include "base/sha256.h"

#include <gtest/gtest.h>
#include <openssl/cms.h>
#include <openssl/ts.h>

namespace greffe {
namespace {

TEST(StandInAuthority, ItsTokenSaysWhatWasAskedAndWhen) {
    const WallTime at = fromUnixMs(2'000'000'000'000);
    StandInAuthority authority = StandInAuthority::make(at).value();
    const Digest digest = sha256("a signature");
    const std::string imprint(reinterpret_cast<const char*>(digest.data()), digest.size());
    const std::string token = authority.token(imprint, "\x7f\x02\x03\x04\x05\x06\x07\x08", at).value();
    const auto* bytes = reinterpret_cast<const unsigned char*>(token.data());
    const sdk::OpenSsl<PKCS7, PKCS7_free> read(d2i_PKCS7(nullptr, &bytes, static_cast<long>(token.size())));
    ASSERT_TRUE(read) << sdk::openSslErrors();
    const sdk::OpenSsl<TS_TST_INFO, TS_TST_INFO_free> content(PKCS7_to_TS_TST_INFO(read.get()));
    ASSERT_TRUE(content) << sdk::openSslErrors();
    const ASN1_OCTET_STRING* const stamped =
        TS_MSG_IMPRINT_get_msg(TS_TST_INFO_get_msg_imprint(content.get()));
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(stamped)),
                          static_cast<std::size_t>(ASN1_STRING_length(stamped))),
              imprint);
    const ASN1_GENERALIZEDTIME* const time = TS_TST_INFO_get_time(content.get());
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(time)),
                          static_cast<std::size_t>(ASN1_STRING_length(time))),
              "20330518033320Z");
    EXPECT_NE(TS_TST_INFO_get_nonce(content.get()), nullptr);
    const std::string another = authority.token(imprint, "\x01", at).value();
    EXPECT_NE(token, another);
}

TEST(StandInIdentity, IsNamedSimulationAndValidWhenItIsUsed) {
    const StandInIdentity seal =
        StandInIdentity::make(StandInIdentity::Use::Seal, fromUnixMs(1'000'000'000'000)).value();
    char name[64] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(seal.certificate.get()), NID_commonName, name,
                              sizeof name);
    EXPECT_STREQ(name, kSimulation);
    EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(seal.certificate.get())), 0);
    EXPECT_GT(X509_cmp_current_time(X509_get0_notAfter(seal.certificate.get())), 0);
    std::time_t then = 1'000'000'000;
    EXPECT_LT(X509_cmp_time(X509_get0_notBefore(seal.certificate.get()), &then), 0);
    EXPECT_EQ(seal.keyPem().compare(0, 27, "-----BEGIN PRIVATE KEY-----"), 0);
}

}  // namespace
}  // namespace greffe
