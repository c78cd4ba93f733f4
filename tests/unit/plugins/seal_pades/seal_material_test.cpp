// SPDX-License-Identifier: Apache-2.0
#include "seal-pades/seal_material.h"

#include "support/test_signer.h"

#include <gtest/gtest.h>

namespace greffe::seal_pades {
namespace {

class SealMaterialCheck : public testing::TestWithParam<TestSigner::Key> {
protected:
    Reason verdict(const std::string& cms, const std::string& token = {}) {
        const auto assembled = assembleCms(cms, token, bytes(), keys_);
        return assembled ? Reason::None : assembled.refusal().reason;
    }
    const unsigned char* bytes() const { return reinterpret_cast<const unsigned char*>(digest_.data()); }

    CertificateKeys keys_;
    const TestSigner signer_{GetParam()};
    const std::string digest_ = sha256Of("the document");
};

TEST_P(SealMaterialCheck, AGoodSignatureStaysAsItIs) {
    const std::string cms = signer_.sign(digest_);
    EXPECT_EQ(*assembleCms(cms, "", bytes(), keys_), cms);
}

TEST_P(SealMaterialCheck, EveryFaultIsFound) {
    using Fault = TestSigner::Fault;
    for (const Fault fault : {Fault::SigningTime, Fault::NoSigningCertificate, Fault::OtherCertificate,
                              Fault::WrongSignature, Fault::WrongContentType})
        EXPECT_EQ(verdict(signer_.sign(digest_, fault)), Reason::KeyUnusable) << static_cast<int>(fault);
    EXPECT_EQ(verdict(signer_.sign(sha256Of("another document"))), Reason::KeyUnusable);
    EXPECT_EQ(verdict(""), Reason::KeyUnusable);
    EXPECT_EQ(verdict("not DER"), Reason::KeyUnusable);
    EXPECT_EQ(verdict(signer_.sign(digest_) + "x"), Reason::KeyUnusable);
}

TEST_P(SealMaterialCheck, EveryFlippedByteIsFoundOrHarmless) {
    const std::string good = signer_.sign(digest_);
    std::size_t refused = 0, tried = 0;
    for (std::size_t i = 0; i < good.size(); i += 7) {
        std::string cms = good;
        cms[i] = static_cast<char>(cms[i] ^ 0x20);
        ++tried;
        refused += verdict(cms) != Reason::None ? 1 : 0;
    }
    // What is not covered by the signature are the authority's certificate and encodings of names.
    EXPECT_GT(refused * 2, tried);
}

TEST_P(SealMaterialCheck, ATokenIsAddedAndMustFit) {
    const std::string cms = signer_.sign(digest_);
    const std::string token = signer_.timestamp(sha256Of(TestSigner::signatureValue(cms)));
    const auto assembled = assembleCms(cms, token, bytes(), keys_);
    ASSERT_TRUE(assembled) << assembled.refusal().text;
    EXPECT_NE(assembled->find(token), std::string::npos);
    EXPECT_EQ(TestSigner::signatureValue(*assembled), TestSigner::signatureValue(cms));
    EXPECT_EQ(verdict(cms, signer_.timestamp(sha256Of("something else"))), Reason::BadAnswer);
    EXPECT_EQ(verdict(cms, "not a token"), Reason::BadAnswer);
    EXPECT_EQ(verdict(cms, cms), Reason::BadAnswer);
    EXPECT_EQ(verdict(cms, token + "x"), Reason::BadAnswer);
    EXPECT_EQ(verdict(*assembled, token), Reason::BadAnswer) << "a second time-stamp";
}

INSTANTIATE_TEST_SUITE_P(Keys, SealMaterialCheck,
                         testing::Values(TestSigner::Key::Rsa2048, TestSigner::Key::P256),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace greffe::seal_pades
