// SPDX-License-Identifier: Apache-2.0
#include "seal/digest_signing.h"

#include "unit/seal/software_signer.h"

#include <gtest/gtest.h>
#include <openssl/cms.h>

namespace greffe {
namespace {

std::string digestText(std::string_view document) {
    const Digest digest = sha256(document);
    return {digest.begin(), digest.end()};
}

class DigestSigningTest : public ::testing::Test {
protected:
    // The code and text of the error, or "signed".
    std::string attempt(std::string_view digest) {
        auto signing = DigestSigning::open(signer_);
        if (!signing) return signing.error().message;
        const auto made = signing->signDigest(digest);
        if (made) return "signed";
        code_ = made.error().code;
        reason_ = signingReason(made.error());
        return made.error().message;
    }

    TestPki pki_;
    TestIdentity identity_ = pki_.seal(TestKey::P256);
    SoftwareSigner signer_{identity_, SignatureScheme::EcdsaSha256};
    Errc code_ = Errc::Internal;
    Reason reason_ = Reason::None;
};

TEST_F(DigestSigningTest, GivesTheCmsAndTheImprintOfItsSignature) {
    auto signing = DigestSigning::open(signer_);
    ASSERT_TRUE(signing.ok()) << signing.error().text();
    const auto made = signing->signDigest(digestText("document"));
    ASSERT_TRUE(made.ok()) << made.error().text();

    const auto* at = reinterpret_cast<const unsigned char*>(made->cms.data());
    const sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free> cms(
        d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(made->cms.size())));
    ASSERT_TRUE(cms);
    const ASN1_OCTET_STRING* const value =
        CMS_SignerInfo_get0_signature(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms.get()), 0));
    EXPECT_EQ(made->signatureValueSha256, sha256({reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                                  static_cast<std::size_t>(ASN1_STRING_length(value))}));
    EXPECT_EQ(signer_.lastToBeSigned.front(), '\x31');
    EXPECT_NE(signer_.lastToBeSigned.find(digestText("document")), std::string::npos);
}

// An attacker with a door to the keys worker may try to have his own attributes, or a text, signed.
TEST_F(DigestSigningTest, SignsDigestsAndNothingElse) {
    for (const std::size_t size : {0U, 1U, 20U, 31U, 33U, 48U, 64U, 400U}) {
        EXPECT_NE(attempt(std::string(size, 'x')).find("not a SHA-256 digest"), std::string::npos) << size;
        EXPECT_EQ(code_, Errc::Invalid);
    }
    EXPECT_EQ(signer_.calls, 0);
}

TEST_F(DigestSigningTest, AFaultySignatureNeverLeaves) {
    signer_.flipBit = true;
    EXPECT_EQ(attempt(digestText("document")),
              "the signature does not verify with the certificate's public key");
    EXPECT_EQ(code_, Errc::Corrupt);
    EXPECT_EQ(reason_, Reason::KeyUnusable);
}

// RSA: each one, because a single one gives the key away. ECDSA: the first and every 64th; those between are
// refused where they are embedded (seal_operations_test.cpp).
TEST(DigestSigningFaults, RsaIsCheckedAlwaysAndEcdsaNowAndThen) {
    TestPki pki;
    for (const TestKey kind : {TestKey::Rsa2048, TestKey::P256}) {
        const bool isRsa = kind == TestKey::Rsa2048;
        const TestIdentity identity = pki.seal(kind);
        SoftwareSigner signer(identity,
                              isRsa ? SignatureScheme::RsaPkcs1Sha256 : SignatureScheme::EcdsaSha256);
        auto signing = DigestSigning::open(signer);
        ASSERT_TRUE(signing.ok());
        for (std::uint64_t i = 0; i <= 2 * DigestSigning::kSpotCheckEvery; ++i) {
            const bool isChecked = isRsa || i % DigestSigning::kSpotCheckEvery == 0;
            signer.flipBit = isChecked;
            if (isChecked) {
                EXPECT_FALSE(signing->signDigest(digestText("document")).ok()) << i;
                signer.flipBit = false;
            }
            EXPECT_TRUE(signing->signDigest(digestText("document")).ok()) << i;
            if (isRsa && i == 3) break;  // slow, and the rest is the same
        }
    }
}

TEST_F(DigestSigningTest, ASignatureOfAnotherKeyNeverLeaves) {
    signer_.chain = pki_.seal(TestKey::P256).chainDer();
    EXPECT_EQ(attempt(digestText("document")),
              "the signature does not verify with the certificate's public key");
}

TEST(DigestSigningPss, ASaltOfAnotherLengthThanTheCmsSaysNeverLeaves) {
    TestPki pki;
    const TestIdentity identity = pki.seal(TestKey::Rsa2048);
    SoftwareSigner signer(identity, SignatureScheme::RsaPssSha256);
    auto signing = DigestSigning::open(signer);
    ASSERT_TRUE(signing.ok());
    EXPECT_TRUE(signing->signDigest(digestText("document")).ok());
    signer.saltBytes = 20;
    EXPECT_FALSE(signing->signDigest(digestText("document")).ok());
    signer.saltBytes = RSA_PSS_SALTLEN_DIGEST;
    EXPECT_TRUE(signing->signDigest(digestText("document")).ok())
        << "one failure must not spoil the prepared check";
}

TEST_F(DigestSigningTest, VerdictsOfTheSigner) {
    signer_.ending = Verdict::RetryLater;
    EXPECT_EQ(attempt(digestText("d")), "the signer cannot sign now: rate_limited: the card is busy");
    EXPECT_EQ(code_, Errc::Busy);
    EXPECT_EQ(describe(reason_).cls, ReasonClass::Transient);
    signer_.ending = Verdict::Rejected;
    EXPECT_EQ(attempt(digestText("d")), "the signer refuses to sign: key_unusable: the card is locked");
    EXPECT_EQ(code_, Errc::Denied);
    for (const Verdict odd : {Verdict::Waiting, Verdict::Uncertain}) {
        signer_.ending = odd;
        EXPECT_EQ(attempt(digestText("d")), "the signer ended with a verdict that signing cannot have");
        EXPECT_EQ(reason_, Reason::PluginFault);
    }
}

TEST_F(DigestSigningTest, ASignerThatBreaksItsContract) {
    signer_.isTalkative = true;
    EXPECT_EQ(attempt(digestText("d")), "the signer gave 2 verdicts instead of one");
    signer_.isTalkative = false;
    for (const int writes : {0, 2}) {
        signer_.writes = writes;
        EXPECT_EQ(attempt(digestText("d")), "the signer said done without exactly one signature value");
        EXPECT_EQ(code_, Errc::Internal);
    }
}

TEST_F(DigestSigningTest, ChainsThatCannotBe) {
    signer_.chain.clear();
    EXPECT_EQ(attempt(digestText("d")), "the signer has no certificate chain");
    signer_.chain.assign(17, identity_.certificateDer());
    EXPECT_EQ(attempt(digestText("d")), "the signer's certificate chain is too large");
    signer_.chain.assign(1, std::string(70000, 'x'));
    EXPECT_EQ(attempt(digestText("d")), "the signer's certificate chain is too large");
    SoftwareSigner wrongScheme(identity_, SignatureScheme::RsaPkcs1Sha256);
    EXPECT_FALSE(DigestSigning::open(wrongScheme).ok());
}

TEST_F(DigestSigningTest, NoSealIsLargerThanTheEstimate) {  // P-256 values are 70 to 72 bytes long
    auto signing = DigestSigning::open(signer_);
    ASSERT_TRUE(signing.ok());
    const std::size_t estimate = signing->estimateCmsBytes(false);
    std::size_t largest = 0;
    for (int i = 0; i < 300; ++i) {
        const auto made = signing->signDigest(digestText(std::to_string(i)));
        ASSERT_TRUE(made.ok());
        largest = std::max(largest, made->cms.size());
    }
    EXPECT_LE(largest, estimate);
    EXPECT_GE(largest + 8, estimate);
}

}  // namespace
}  // namespace greffe
