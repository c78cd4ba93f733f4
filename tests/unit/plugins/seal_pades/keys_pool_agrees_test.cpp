// SPDX-License-Identifier: Apache-2.0
// What the keys pool builds and what the sealer accepts are written apart: here they meet, for every kind of
// key.
#include "base/sha256.h"
#include "seal-pades/seal_material.h"
#include "seal/cms_builder.h"
#include "unit/seal/software_signer.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

struct Kind {
    const char* name;
    TestKey key;
    SignatureScheme scheme;
};

void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

class KeysPoolAgrees : public testing::TestWithParam<Kind> {};

TEST_P(KeysPoolAgrees, ItsCmsIsAccepted) {
    TestPki pki;
    const TestIdentity identity = pki.seal(GetParam().key);
    const SoftwareSigner signer(identity, GetParam().scheme);
    const auto chain = SignerChain::fromDer(identity.chainDer());
    ASSERT_TRUE(chain.ok());
    const auto builder = CmsBuilder::create(*chain, GetParam().scheme);
    ASSERT_TRUE(builder.ok());
    const Digest digest = sha256("a document");
    const std::string toBeSigned = builder->attributes().toBeSigned(digest);
    const std::string cms = builder->build(toBeSigned, signer.signatureOver(toBeSigned));
    seal_pades::CertificateKeys keys;
    const auto assembled = seal_pades::assembleCms(cms, "", digest.data(), keys);
    ASSERT_TRUE(assembled) << assembled.refusal().text;
    EXPECT_EQ(*assembled, cms);

    std::string other = builder->build(toBeSigned, signer.signatureOver("something else"));
    EXPECT_FALSE(seal_pades::assembleCms(other, "", digest.data(), keys));
}

INSTANTIATE_TEST_SUITE_P(Keys, KeysPoolAgrees,
                         testing::Values(Kind{"Rsa2048", TestKey::Rsa2048, SignatureScheme::RsaPkcs1Sha256},
                                         Kind{"Rsa3072", TestKey::Rsa3072, SignatureScheme::RsaPkcs1Sha256},
                                         Kind{"Rsa2048Pss", TestKey::Rsa2048, SignatureScheme::RsaPssSha256},
                                         Kind{"PssOnlyKey", TestKey::RsaPss2048,
                                              SignatureScheme::RsaPssSha256},
                                         Kind{"P256", TestKey::P256, SignatureScheme::EcdsaSha256},
                                         Kind{"P384", TestKey::P384, SignatureScheme::EcdsaSha256}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace greffe
