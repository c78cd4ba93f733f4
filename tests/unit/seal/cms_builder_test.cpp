// SPDX-License-Identifier: Apache-2.0
// The CMS against OpenSSL: as a verifier (library and command line), as a reader, and as a writer of the same
// thing.
#include "seal/cms_builder.h"

#include "support/temporary_directory.h"
#include "unit/seal/software_signer.h"

#include <gtest/gtest.h>
#include <openssl/cms.h>
#include <openssl/ess.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <fstream>

namespace greffe {
namespace {

using Cms = sdk::OpenSsl<CMS_ContentInfo, CMS_ContentInfo_free>;
using Bio = sdk::OpenSsl<BIO, BIO_free_all>;

struct Kind {
    const char* name;
    TestKey key;
    SignatureScheme scheme;
    int signatureNid;
};

void PrintTo(const Kind& kind, std::ostream* out) {
    *out << kind.name;
}

const Kind kKinds[] = {
    {"Rsa2048", TestKey::Rsa2048, SignatureScheme::RsaPkcs1Sha256, NID_sha256WithRSAEncryption},
    {"Rsa3072", TestKey::Rsa3072, SignatureScheme::RsaPkcs1Sha256, NID_sha256WithRSAEncryption},
    {"Rsa2048Pss", TestKey::Rsa2048, SignatureScheme::RsaPssSha256, NID_rsassaPss},
    {"PssOnlyKey", TestKey::RsaPss2048, SignatureScheme::RsaPssSha256, NID_rsassaPss},
    {"P256", TestKey::P256, SignatureScheme::EcdsaSha256, NID_ecdsa_with_SHA256},
    {"P384", TestKey::P384, SignatureScheme::EcdsaSha256, NID_ecdsa_with_SHA256},
};

constexpr std::string_view kDocument = "A lease, signed by everyone.\n";

Cms parse(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    Cms cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
    EXPECT_EQ(at, reinterpret_cast<const unsigned char*>(der.data()) + der.size()) << "bytes behind the CMS";
    return cms;
}

std::string encode(CMS_ContentInfo* cms) {
    unsigned char* bytes = nullptr;
    const int size = i2d_CMS_ContentInfo(cms, &bytes);
    std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

Bio memory(std::string_view text) {
    return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

class CmsOfKind : public ::testing::TestWithParam<Kind> {
protected:
    CmsOfKind() : identity_(pki_.seal(GetParam().key)), signer_(identity_, GetParam().scheme) {}

    std::string make() {
        auto chain = SignerChain::fromDer(identity_.chainDer());
        EXPECT_TRUE(chain.ok()) << chain.error().text();
        auto builder = CmsBuilder::create(*chain, GetParam().scheme);
        EXPECT_TRUE(builder.ok()) << builder.error().text();
        toBeSigned_ = builder->attributes().toBeSigned(sha256(kDocument));
        signature_ = signer_.signatureOver(toBeSigned_);
        maxBytes_ = builder->maxBytes();
        return builder->build(toBeSigned_, signature_);
    }

    TestPki pki_;
    TestIdentity identity_;
    SoftwareSigner signer_;
    std::string toBeSigned_;
    std::string signature_;
    std::size_t maxBytes_ = 0;
};

TEST_P(CmsOfKind, OpenSslVerifiesItAsCades) {
    const std::string der = make();
    const Cms cms = parse(der);
    ASSERT_TRUE(cms) << sdk::openSslErrors();
    const sdk::OpenSsl<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), pki_.root());
    X509_STORE_set_purpose(store.get(), X509_PURPOSE_ANY);
    EXPECT_EQ(CMS_verify(cms.get(), nullptr, store.get(), memory(kDocument).get(), nullptr,
                         CMS_BINARY | CMS_DETACHED | CMS_CADES),
              1)
        << sdk::openSslErrors();
    const Cms again = parse(der);
    EXPECT_NE(CMS_verify(again.get(), nullptr, store.get(), memory("A lease, signed by nobody.\n").get(),
                         nullptr, CMS_BINARY | CMS_DETACHED | CMS_CADES),
              1);
    ERR_clear_error();
}

TEST_P(CmsOfKind, IsCanonical) {
    const std::string der = make();
    const Cms cms = parse(der);
    ASSERT_TRUE(cms);
    EXPECT_EQ(encode(cms.get()), der);
    EXPECT_LE(der.size(), maxBytes_);
    EXPECT_GE(der.size() + 12, maxBytes_) << "the estimate is far above what is needed";
}

TEST_P(CmsOfKind, SaysWhatPadesWantsAndNothingElse) {
    const Cms cms = parse(make());
    ASSERT_TRUE(cms);
    EXPECT_EQ(CMS_is_detached(cms.get()), 1);
    EXPECT_EQ(OBJ_obj2nid(CMS_get0_eContentType(cms.get())), NID_pkcs7_data);
    STACK_OF(CMS_SignerInfo)* const infos = CMS_get0_SignerInfos(cms.get());
    ASSERT_EQ(sk_CMS_SignerInfo_num(infos), 1);
    CMS_SignerInfo* const info = sk_CMS_SignerInfo_value(infos, 0);
    EXPECT_EQ(CMS_signed_get_attr_by_NID(info, NID_pkcs9_signingTime, -1), -1);
    EXPECT_EQ(CMS_signed_get_attr_count(info), 3);
    EXPECT_GE(CMS_signed_get_attr_by_NID(info, NID_pkcs9_contentType, -1), 0);
    EXPECT_GE(CMS_signed_get_attr_by_NID(info, NID_pkcs9_messageDigest, -1), 0);
    EXPECT_GE(CMS_signed_get_attr_by_NID(info, NID_id_smime_aa_signingCertificateV2, -1), 0);
    EXPECT_EQ(CMS_unsigned_get_attr_count(info), -1);
    EXPECT_EQ(CMS_SignerInfo_cert_cmp(info, identity_.certificate.get()), 0);

    X509_ALGOR* digestAlgorithm = nullptr;
    X509_ALGOR* signatureAlgorithm = nullptr;
    CMS_SignerInfo_get0_algs(info, nullptr, nullptr, &digestAlgorithm, &signatureAlgorithm);
    EXPECT_EQ(OBJ_obj2nid(digestAlgorithm->algorithm), NID_sha256);
    EXPECT_EQ(OBJ_obj2nid(signatureAlgorithm->algorithm), GetParam().signatureNid);

    STACK_OF(X509)* const certificates = CMS_get1_certs(cms.get());
    EXPECT_EQ(sk_X509_num(certificates), static_cast<int>(identity_.chainDer().size()));
    sk_X509_pop_free(certificates, X509_free);
}

// OpenSSL writes the same structure the long way; only the name of the signature algorithm may differ.
TEST_P(CmsOfKind, EqualsWhatOpenSslWrites) {
    const std::string ours = make();
    STACK_OF(X509)* const others = sk_X509_new_null();
    for (const TestX509& issuer : identity_.issuers)
        sk_X509_push(others, issuer.get());
    const Cms cms(CMS_sign(nullptr, nullptr, others, nullptr, CMS_DETACHED | CMS_BINARY | CMS_PARTIAL));
    sk_X509_free(others);
    CMS_SignerInfo* const info =
        CMS_add1_signer(cms.get(), identity_.certificate.get(), identity_.key.get(), EVP_sha256(),
                        CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES);
    ASSERT_NE(info, nullptr) << sdk::openSslErrors();
    const Digest digest = sha256(kDocument);
    CMS_signed_add1_attr_by_NID(info, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_data), -1);
    CMS_signed_add1_attr_by_NID(info, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, digest.data(), 32);
    ASN1_STRING_set(CMS_SignerInfo_get0_signature(info), signature_.data(),
                    static_cast<int>(signature_.size()));
    X509_ALGOR* theirs = nullptr;
    CMS_SignerInfo_get0_algs(info, nullptr, nullptr, nullptr, &theirs);
    if (GetParam().scheme != SignatureScheme::EcdsaSha256) {
        const Cms parsed = parse(ours);
        X509_ALGOR* written = nullptr;
        CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(parsed.get()), 0), nullptr,
                                 nullptr, nullptr, &written);
        X509_ALGOR_copy(theirs, written);
    }
    EXPECT_EQ(toHex(encode(cms.get())), toHex(ours));
}

TEST_P(CmsOfKind, TheOpensslCommandVerifiesIt) {
    const TemporaryDirectory directory;
    const auto write = [&](const char* name, std::string_view bytes) {
        std::ofstream(directory.path() + "/" + name, std::ios::binary) << bytes;
    };
    write("seal.der", make());
    write("document", kDocument);
    write("root.pem", pki_.rootPem());
    const std::string command =
        "cd '" + directory.path() +
        "' && openssl cms -verify -cades -binary -inform DER -in seal.der -content document "
        "-CAfile root.pem -purpose any -out /dev/null 2> errors";
    EXPECT_EQ(std::system(command.c_str()), 0) << std::ifstream(directory.path() + "/errors").rdbuf();
}

std::string kindName(const ::testing::TestParamInfo<Kind>& kind) {
    return kind.param.name;
}

INSTANTIATE_TEST_SUITE_P(Keys, CmsOfKind, ::testing::ValuesIn(kKinds), kindName);

TEST(CmsBuilder, RefusesASchemeThatIsNotTheKeys) {
    TestPki pki;
    const TestIdentity curve = pki.seal(TestKey::P256);
    const TestIdentity rsa = pki.seal(TestKey::Rsa2048);
    const TestIdentity pss = pki.seal(TestKey::RsaPss2048);
    const auto accepts = [](const TestIdentity& identity, SignatureScheme scheme) {
        const auto chain = SignerChain::fromDer(identity.chainDer());
        return CmsBuilder::create(*chain, scheme).ok();
    };
    EXPECT_FALSE(accepts(curve, SignatureScheme::RsaPkcs1Sha256));
    EXPECT_FALSE(accepts(curve, SignatureScheme::RsaPssSha256));
    EXPECT_FALSE(accepts(rsa, SignatureScheme::EcdsaSha256));
    EXPECT_FALSE(accepts(pss, SignatureScheme::RsaPkcs1Sha256));
    EXPECT_FALSE(accepts(rsa, static_cast<SignatureScheme>(9)));
}

TEST(CmsBuilder, TheReserveHoldsATimestampToo) {
    TestPki pki;
    const auto chain = SignerChain::fromDer(pki.seal().chainDer());
    const auto plain = estimateCmsBytes(*chain, SignatureScheme::EcdsaSha256, false);
    const auto stamped = estimateCmsBytes(*chain, SignatureScheme::EcdsaSha256, true);
    EXPECT_EQ(*stamped, *plain + kTimestampReserveBytes);
    EXPECT_FALSE(estimateCmsBytes(*chain, SignatureScheme::RsaPssSha256, false).ok());
}

TEST(SignerChain, RefusesWhatCannotSeal) {
    TestPki pki;
    const std::string good = pki.seal().certificateDer();
    const auto reason = [](std::vector<std::string> chain) {
        const auto parsed = SignerChain::fromDer(std::move(chain));
        return parsed.ok() ? std::string("accepted") : parsed.error().message;
    };
    EXPECT_EQ(reason({good}), "accepted");
    EXPECT_EQ(reason({}), "the signer has no certificate");
    EXPECT_NE(reason({"not a certificate"}).find("certificate 1 of the chain is not DER"), std::string::npos);
    EXPECT_EQ(reason({good, good + "x"}), "certificate 2 of the chain has 1 bytes behind it");
    EXPECT_EQ(reason({good, good}), "certificate 2 stands twice in the chain");
    EXPECT_EQ(reason({pki.seal(TestKey::Rsa1024).certificateDer()}), "the signer's RSA key has 1024 bits");
    EXPECT_EQ(reason({pki.seal(TestKey::Ed25519).certificateDer()}),
              "the signer's key is neither RSA nor on a NIST curve");
}

}  // namespace
}  // namespace greffe
