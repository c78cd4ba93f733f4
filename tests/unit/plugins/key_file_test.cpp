// SPDX-License-Identifier: Apache-2.0
// The key-file plugin as the keys worker uses it: the real shared object, from options to a verified CMS.
#include "unit/plugins/key_file_instance.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <openssl/provider.h>

namespace greffe {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string options(const std::string& scheme) {
    return R"({"scheme":")" + scheme + R"("})";
}

struct Case {
    const char* name;
    TestKey key;
    const char* scheme;
    bool works;
    SignatureScheme chosen;
};

void PrintTo(const Case& each, std::ostream* out) {
    *out << each.name;
}

const Case kCases[] = {
    {"Rsa2048Auto", TestKey::Rsa2048, "auto", true, SignatureScheme::RsaPkcs1Sha256},
    {"Rsa2048Pkcs1", TestKey::Rsa2048, "rsa_pkcs1", true, SignatureScheme::RsaPkcs1Sha256},
    {"Rsa2048Pss", TestKey::Rsa2048, "rsa_pss", true, SignatureScheme::RsaPssSha256},
    {"Rsa2048Ecdsa", TestKey::Rsa2048, "ecdsa", false, {}},
    {"Rsa3072Auto", TestKey::Rsa3072, "auto", true, SignatureScheme::RsaPkcs1Sha256},
    {"PssKeyAuto", TestKey::RsaPss2048, "auto", true, SignatureScheme::RsaPssSha256},
    {"PssKeyPkcs1", TestKey::RsaPss2048, "rsa_pkcs1", false, {}},
    {"P256Auto", TestKey::P256, "auto", true, SignatureScheme::EcdsaSha256},
    {"P256Ecdsa", TestKey::P256, "ecdsa", true, SignatureScheme::EcdsaSha256},
    {"P256Pss", TestKey::P256, "rsa_pss", false, {}},
    {"P384Auto", TestKey::P384, "auto", true, SignatureScheme::EcdsaSha256},
    {"Rsa1024Auto", TestKey::Rsa1024, "auto", false, {}},
    {"Ed25519Auto", TestKey::Ed25519, "auto", false, {}},
};

class KeyMatrix : public ::testing::TestWithParam<Case> {};

TEST_P(KeyMatrix, SealsOrSaysWhyNot) {
    TestPki pki;
    const TestIdentity identity = pki.seal(GetParam().key);
    for (int form = 0; form < 3; ++form) {
        KeyFileInstance key;
        if (form == 0) key.pem(identity);
        if (form == 1) key.pem(identity, "ouvre-toi, é");
        if (form == 2) {
            key.host.setSecret("pkcs12", identity.pkcs12("ouvre-toi"));
            key.host.setSecret("passphrase", "ouvre-toi\n");
        }
        EXPECT_EQ(key.start(options(GetParam().scheme)), GetParam().works) << form << key.problems.all();
        EXPECT_THAT(key.problems.warnings, IsEmpty());
        if (!GetParam().works) {
            EXPECT_FALSE(key.problems.errors.empty());
            EXPECT_NE(key.seal(), "");
            continue;
        }
        EXPECT_EQ(key.signer().scheme(), GetParam().chosen);
        EXPECT_EQ(key.seal(), "") << "form " << form;
    }
}

std::string caseName(const ::testing::TestParamInfo<Case>& each) {
    return each.param.name;
}
INSTANTIATE_TEST_SUITE_P(Keys, KeyMatrix, ::testing::ValuesIn(kCases), caseName);

TEST(KeyFile, IsWhatItSays) {
    EXPECT_STREQ(keyFilePlugin().id, "key-file");
    EXPECT_STREQ(keyFilePlugin().sandbox, "keys");
    const nlohmann::json schema = nlohmann::json::parse(keyFilePlugin().optionsSchema);
    for (const auto& option : schema["properties"])
        EXPECT_FALSE(option["description"].get<std::string>().empty());
    KeyFileInstance key;
    EXPECT_EQ(key.instance->query("digest-signer/2"), nullptr);
    EXPECT_NE(key.instance->query("digest-signer/1"), nullptr);
}

TEST(KeyFile, TraditionalPemWorksToo) {
    TestPki pki;
    for (const TestKey kind : {TestKey::Rsa2048, TestKey::P256}) {
        const TestIdentity identity = pki.seal(kind);
        KeyFileInstance key;
        key.host.setSecret("private_key", identity.keyPemTraditional());
        key.host.setSecret("certificate", identity.chainPem());
        EXPECT_TRUE(key.start()) << key.problems.all();
        EXPECT_EQ(key.seal(), "");
    }
}

TEST(KeyFile, OldPkcs12IsReadAndNamedAsOld) {
    TestPki pki;
    const TestIdentity identity = pki.seal(TestKey::P256);
    KeyFileInstance tripleDes;
    tripleDes.host.setSecret("pkcs12", identity.pkcs12("x", Pkcs12Encryption::TripleDes));
    tripleDes.host.setSecret("passphrase", "x");
    EXPECT_TRUE(tripleDes.start()) << tripleDes.problems.all();
    EXPECT_THAT(tripleDes.problems.warnings, IsEmpty());
    EXPECT_EQ(tripleDes.seal(), "");

    KeyFileInstance rc2;
    rc2.host.setSecret("pkcs12", identity.pkcs12("x", Pkcs12Encryption::Rc2));
    rc2.host.setSecret("passphrase", "x");
    EXPECT_TRUE(rc2.start()) << rc2.problems.all();
    EXPECT_THAT(rc2.problems.warnings, ElementsAre(HasSubstr("legacy provider")));
    EXPECT_EQ(rc2.seal(), "");
    EXPECT_EQ(OSSL_PROVIDER_available(nullptr, "legacy"), 0) << "the legacy provider leaked into the process";
}

TEST(KeyFile, PassphrasesAreAskedForByName) {
    TestPki pki;
    const TestIdentity identity = pki.seal();
    const auto errorsOf = [&](const char* option, const std::string& bytes, const char* passphrase) {
        KeyFileInstance key;
        key.host.setSecret(option, bytes);
        if (std::string_view(option) == "private_key") key.host.setSecret("certificate", identity.chainPem());
        if (passphrase != nullptr) key.host.setSecret("passphrase", passphrase);
        EXPECT_FALSE(key.start());
        return key.problems.errors;
    };
    EXPECT_THAT(errorsOf("private_key", identity.keyPem("right"), nullptr),
                ElementsAre("private_key: the key is encrypted; set the option passphrase"));
    EXPECT_THAT(errorsOf("private_key", identity.keyPem("right"), "wrong"),
                ElementsAre("passphrase: the passphrase does not open the private key"));
    EXPECT_THAT(errorsOf("pkcs12", identity.pkcs12("right"), nullptr),
                ElementsAre("passphrase: the PKCS#12 file needs a passphrase"));
    EXPECT_THAT(errorsOf("pkcs12", identity.pkcs12("right"), "wrong"),
                ElementsAre("passphrase: the passphrase does not open the PKCS#12 file"));
    EXPECT_THAT(errorsOf("pkcs12", identity.pkcs12("right", Pkcs12Encryption::Rc2), "wrong"),
                ElementsAre("passphrase: the passphrase does not open the PKCS#12 file"));
}

TEST(KeyFile, APkcs12WithoutAPassphraseOpens) {
    TestPki pki;
    KeyFileInstance key;
    key.host.setSecret("pkcs12", pki.seal().pkcs12(""));
    EXPECT_TRUE(key.start()) << key.problems.all();
}

TEST(KeyFile, GarbageIsNamedWithItsOption) {
    TestPki pki;
    const TestIdentity identity = pki.seal();
    const auto errorsOf = [](std::initializer_list<std::pair<const char*, std::string>> secrets) {
        KeyFileInstance key;
        for (const auto& [option, bytes] : secrets)
            key.host.setSecret(option, bytes);
        EXPECT_FALSE(key.start());
        std::string text;
        for (const std::string& each : key.problems.errors)
            text += each + "\n";
        return text;
    };
    EXPECT_EQ(errorsOf({}),
              "private_key: no key: give pkcs12, or private_key and certificate\n"
              "certificate: no certificate: give pkcs12, or private_key and certificate\n");
    EXPECT_THAT(errorsOf({{"pkcs12", "not a file"}}), HasSubstr("pkcs12: not a PKCS#12 file"));
    EXPECT_THAT(errorsOf({{"private_key", "no"}, {"certificate", identity.chainPem()}}),
                HasSubstr("private_key: no private key in PEM form"));
    EXPECT_THAT(errorsOf({{"private_key", identity.keyPem()}, {"certificate", "no"}}),
                HasSubstr("certificate: no certificate in PEM form"));
    std::string damaged = identity.chainPem();
    damaged.replace(damaged.rfind("BEGIN CERTIFICATE-----\n") + 23, 4, "AAAA");  // no sequence begins so
    EXPECT_THAT(errorsOf({{"private_key", identity.keyPem()}, {"certificate", damaged}}),
                HasSubstr("certificate"));
    EXPECT_THAT(errorsOf({{"private_key", identity.keyPem()}, {"pkcs12", identity.pkcs12("")}}),
                HasSubstr("pkcs12: give either"));
    EXPECT_THAT(errorsOf({{"private_key", identity.keyPem()}, {"certificate", pki.seal().chainPem()}}),
                HasSubstr("certificate: no certificate fits the private key"));
    EXPECT_THAT(errorsOf({{"private_key", identity.keyPem() + std::string(1U << 20U, ' ')},
                          {"certificate", identity.chainPem()}}),
                HasSubstr("private_key: the secret cannot be read"));
}

TEST(KeyFile, OutsideTheKeysPoolItSaysSo) {
    TestPki pki;
    KeyFileInstance key;
    key.pem(pki.seal());
    key.host.mayReveal = false;
    EXPECT_FALSE(key.start());
    EXPECT_THAT(key.problems.all(), HasSubstr("not in the keys pool"));
}

TEST(KeyFile, TheChainIsPutInOrder) {
    TestPki pki;
    const TestIdentity identity = pki.seal();
    const TestIdentity stranger = TestPki("Another house").seal();
    KeyFileInstance key;
    key.host.setSecret("private_key", identity.keyPem());
    key.host.setSecret("certificate", pki.rootPem() + stranger.certificatePem() + pemOf(pki.authority()) +
                                          identity.certificatePem());
    ASSERT_TRUE(key.start()) << key.problems.all();
    EXPECT_THAT(key.problems.warnings, ElementsAre(HasSubstr("Another house seal")));
    class Elements final : public ByteSink {
    public:
        bool write(Slice bytes) noexcept override {
            all.emplace_back(bytes.view());
            return true;
        }
        std::vector<std::string> all;
    } chain;
    ASSERT_TRUE(key.signer().certificateChain(chain));
    EXPECT_THAT(chain.all, ElementsAre(identity.certificateDer(), derOf(pki.authority()), derOf(pki.root())));
}

TEST(KeyFile, AMissingIssuerIsAWarning) {
    TestPki pki;
    const TestIdentity identity = pki.seal();
    KeyFileInstance key;
    key.host.setSecret("private_key", identity.keyPem());
    key.host.setSecret("certificate", identity.certificatePem());
    EXPECT_TRUE(key.start());
    EXPECT_THAT(key.problems.warnings, ElementsAre(HasSubstr("issuer's certificate is missing")));
}

TEST(KeyFile, DatesAndUsesOfTheCertificate) {
    TestPki pki;
    TestProfile profile;
    const auto problemsOf = [&] {
        KeyFileInstance key;
        key.pem(pki.issue(profile));
        const bool started = key.start();
        EXPECT_EQ(started, key.problems.errors.empty());
        return key.problems.all();
    };
    profile.validUntilSeconds = -60;
    EXPECT_THAT(problemsOf(), HasSubstr("error certificate: the certificate ended on "));
    profile.validUntilSeconds = 29 * 86400L;
    EXPECT_THAT(problemsOf(), HasSubstr("warning certificate: the certificate ends on "));
    profile.validUntilSeconds = 31 * 86400L;
    EXPECT_EQ(problemsOf(), "");
    profile.validFromSeconds = 3600;
    EXPECT_THAT(problemsOf(), HasSubstr("error certificate: the certificate begins on "));
    profile.validFromSeconds = -3600;
    profile.keyUsage = "critical,keyEncipherment";
    EXPECT_THAT(problemsOf(), HasSubstr("error certificate: its key usage allows neither"));
    for (const char* fine : {"digitalSignature", "nonRepudiation", ""}) {
        profile.keyUsage = fine;
        EXPECT_EQ(problemsOf(), "") << fine;
    }
}

TEST(KeyFile, ACertificateThatEndsWhileTheDaemonRunsSealsNoMore) {
    TestPki pki;
    TestProfile profile;
    profile.validUntilSeconds = 40 * 86400L;
    KeyFileInstance key;
    key.pem(pki.issue(profile));
    ASSERT_TRUE(key.start());
    EXPECT_EQ(key.seal(), "");
    key.host.setUnixMs(key.host.unixMs() + 41 * 86400000LL);
    EXPECT_THAT(key.seal(), HasSubstr("key_unusable: the certificate is out of date"));
    key.host.setUnixMs(key.host.unixMs() - 60 * 86400000LL);
    EXPECT_THAT(key.seal(), HasSubstr("out of date"));
}

TEST(KeyFile, NothingSignsBeforeProvisionOrAfterCleanup) {
    TestPki pki;
    KeyFileInstance key;
    key.pem(pki.seal());
    HeardOutcome early;
    sdk::StringSink signature;
    key.signer().sign("bytes", signature, early);
    EXPECT_EQ(early.reason, "key_unusable");
    ASSERT_TRUE(key.start());
    key.instance->cleanup();
    HeardOutcome late;
    key.signer().sign("bytes", signature, late);
    EXPECT_EQ(late.reason, "key_unusable");
    EXPECT_EQ(signature.text(), "");
}

}  // namespace
}  // namespace greffe
