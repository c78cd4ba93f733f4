// SPDX-License-Identifier: Apache-2.0
#include "support/test_pki.h"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace greffe {
namespace {

using Bio = sdk::OpenSsl<BIO, BIO_free_all>;

void freeStack(STACK_OF(X509) * stack) {
    sk_X509_free(stack);
}  // the macro as a function; elements are not ours

void require(bool isFine, const char* what) {
    if (!isFine) throw std::runtime_error(std::string(what) + ": " + sdk::openSslErrors());
}

std::string take(const Bio& bio) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
}

template <class Write>
std::string written(Write&& write) {
    const Bio bio(BIO_new(BIO_s_mem()));
    require(bio && write(bio.get()) == 1, "writing to memory");
    return take(bio);
}

void addExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
    if (value.empty()) return;
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const sdk::OpenSsl<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value.c_str());
}

void setSerial(X509* certificate) {
    unsigned char bytes[16];
    require(RAND_bytes(bytes, sizeof bytes) == 1, "RAND_bytes");
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7FU) | 0x40U);
    const sdk::OpenSsl<BIGNUM, BN_free> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
    require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr, "serial number");
}

void setName(X509_NAME* name, const std::string& commonName) {
    const auto add = [&](const char* field, const std::string& value) {
        require(X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                           reinterpret_cast<const unsigned char*>(value.data()),
                                           static_cast<int>(value.size()), -1, 0) == 1,
                field);
    };
    add("C", "FR");
    add("O", "Société d'essai");
    add("CN", commonName);
}

const char* digestNameFor(EVP_PKEY* key) {
    return EVP_PKEY_is_a(key, "ED25519") == 1 ? nullptr : "SHA256";
}

// The RC2 of old files lives in the legacy provider; a library context of its own keeps that out of the test
// process.
struct LegacyContext {
    sdk::OpenSsl<OSSL_LIB_CTX, OSSL_LIB_CTX_free> context{OSSL_LIB_CTX_new()};
    OSSL_PROVIDER* standard = OSSL_PROVIDER_load(context.get(), "default");
    OSSL_PROVIDER* legacy = OSSL_PROVIDER_load(context.get(), "legacy");

    LegacyContext() { require(standard != nullptr && legacy != nullptr, "loading the legacy provider"); }
    ~LegacyContext() {
        OSSL_PROVIDER_unload(legacy);
        OSSL_PROVIDER_unload(standard);
    }
    LegacyContext(const LegacyContext&) = delete;
    LegacyContext& operator=(const LegacyContext&) = delete;
};

}  // namespace

TestPkey generateKey(TestKey kind) {
    EVP_PKEY* key = nullptr;
    switch (kind) {
        case TestKey::Rsa1024: key = EVP_RSA_gen(1024); break;
        case TestKey::Rsa2048: key = EVP_RSA_gen(2048); break;
        case TestKey::Rsa3072: key = EVP_RSA_gen(3072); break;
        case TestKey::RsaPss2048: {
            const sdk::OpenSsl<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
                EVP_PKEY_CTX_new_id(EVP_PKEY_RSA_PSS, nullptr));
            require(EVP_PKEY_keygen_init(context.get()) == 1 &&
                        EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048) == 1 &&
                        EVP_PKEY_keygen(context.get(), &key) == 1,
                    "RSA-PSS key");
            break;
        }
        case TestKey::P256: key = EVP_EC_gen("P-256"); break;
        case TestKey::P384: key = EVP_EC_gen("P-384"); break;
        case TestKey::Ed25519: key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"); break;
    }
    require(key != nullptr, "key generation");
    return TestPkey(key);
}

std::string pemOf(X509* certificate) {
    return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string derOf(X509* certificate) {
    return written([&](BIO* bio) { return i2d_X509_bio(bio, certificate); });
}

std::string TestIdentity::certificateDer() const {
    return derOf(certificate.get());
}
std::string TestIdentity::certificatePem() const {
    return pemOf(certificate.get());
}

std::vector<std::string> TestIdentity::chainDer() const {
    std::vector<std::string> chain = {certificateDer()};
    for (const TestX509& issuer : issuers)
        chain.push_back(derOf(issuer.get()));
    return chain;
}

std::string TestIdentity::chainPem() const {
    std::string pem = certificatePem();
    for (const TestX509& issuer : issuers)
        pem += pemOf(issuer.get());
    return pem;
}

std::string TestIdentity::keyPem(const std::string& passphrase) const {
    return written([&](BIO* bio) {
        return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                                             passphrase.empty() ? nullptr : passphrase.data(),
                                             static_cast<int>(passphrase.size()), nullptr, nullptr);
    });
}

std::string TestIdentity::keyPemTraditional() const {
    return written([&](BIO* bio) {
        return PEM_write_bio_PrivateKey_traditional(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

std::string TestIdentity::pkcs12(const std::string& passphrase, Pkcs12Encryption how) const {
    const sdk::OpenSsl<STACK_OF(X509), freeStack> others(sk_X509_new_null());
    for (const TestX509& issuer : issuers)
        sk_X509_push(others.get(), issuer.get());
    std::unique_ptr<LegacyContext> legacy;
    int keyCipher = NID_aes_256_cbc;
    int certificateCipher = NID_aes_256_cbc;
    if (how == Pkcs12Encryption::TripleDes)
        keyCipher = certificateCipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
    if (how == Pkcs12Encryption::Rc2) {
        keyCipher = NID_pbe_WithSHA1And3_Key_TripleDES_CBC;
        certificateCipher = NID_pbe_WithSHA1And40BitRC2_CBC;
        legacy = std::make_unique<LegacyContext>();
    }
    const sdk::OpenSsl<PKCS12, PKCS12_free> file(PKCS12_create_ex(
        passphrase.c_str(), "seal", key.get(), certificate.get(), others.get(), keyCipher, certificateCipher,
        2048, 2048, 0, legacy ? legacy->context.get() : nullptr, nullptr));
    require(file != nullptr, "PKCS#12");
    return written([&](BIO* bio) { return i2d_PKCS12_bio(bio, file.get()); });
}

TestPki::TestPki(const std::string& name, TestKey authorities) : name_(name) {
    TestProfile profile;
    profile.key = authorities;
    profile.commonName = name + " root";
    profile.isAuthority = true;
    profile.keyUsage = "critical,keyCertSign,cRLSign";
    profile.validFromSeconds = -20 * 365 * 86400L;  // so that long expired certificates had a living issuer
    profile.validUntilSeconds = 20 * 365 * 86400L;
    root_ = issueCertificate(profile, nullptr);
    profile.commonName = name + " authority";
    authority_ = issueCertificate(profile, &root_);
}

TestIdentity TestPki::issue(const TestProfile& profile) {
    return issueCertificate(profile, &authority_);
}

TestIdentity issueCertificate(const TestProfile& profile, const TestIdentity* issuer) {
    TestIdentity made;
    made.key = generateKey(profile.key);
    made.certificate.reset(X509_new());
    X509* const certificate = made.certificate.get();
    X509* const issuerCertificate = issuer != nullptr ? issuer->certificate.get() : certificate;
    EVP_PKEY* const issuerKey = issuer != nullptr ? issuer->key.get() : made.key.get();

    require(X509_set_version(certificate, X509_VERSION_3) == 1, "version");
    setSerial(certificate);
    setName(X509_get_subject_name(certificate), profile.commonName);
    require(X509_set_issuer_name(certificate, X509_get_subject_name(issuerCertificate)) == 1, "issuer");
    require(
        X509_time_adj_ex(X509_getm_notBefore(certificate), 0, profile.validFromSeconds, nullptr) != nullptr &&
            X509_time_adj_ex(X509_getm_notAfter(certificate), 0, profile.validUntilSeconds, nullptr) !=
                nullptr,
        "validity");
    require(X509_set_pubkey(certificate, made.key.get()) == 1, "public key");
    addExtension(certificate, issuerCertificate, NID_basic_constraints,
                 profile.isAuthority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    addExtension(certificate, issuerCertificate, NID_key_usage, profile.keyUsage);
    addExtension(certificate, issuerCertificate, NID_ext_key_usage, profile.extendedKeyUsage);
    addExtension(certificate, issuerCertificate, NID_subject_alt_name, profile.subjectAltName);
    for (const auto& [nid, value] : profile.extensions)
        addExtension(certificate, issuerCertificate, nid, value);
    addExtension(certificate, issuerCertificate, NID_subject_key_identifier, "hash");
    if (issuer != nullptr)
        addExtension(certificate, issuerCertificate, NID_authority_key_identifier, "keyid:always");
    const char* const digest = digestNameFor(issuerKey);
    require(X509_sign(certificate, issuerKey, digest != nullptr ? EVP_get_digestbyname(digest) : nullptr) > 0,
            "signing a certificate");

    if (issuer == nullptr || X509_self_signed(issuerCertificate, 0) == 1) return made;
    X509_up_ref(issuerCertificate);
    made.issuers.emplace_back(issuerCertificate);
    for (const TestX509& above : issuer->issuers) {
        X509_up_ref(above.get());
        made.issuers.emplace_back(above.get());
    }
    return made;
}

TestIdentity TestPki::seal(TestKey key) {
    TestProfile profile;
    profile.commonName = name_ + " seal";
    profile.key = key;
    return issue(profile);
}

TestIdentity TestPki::timestamping(TestKey key) {
    TestProfile profile;
    profile.commonName = name_ + " time-stamps";
    profile.key = key;
    profile.extendedKeyUsage = "critical,timeStamping";
    return issue(profile);
}

TestIdentity TestPki::server(const std::string& hostName) {
    TestProfile profile;
    profile.commonName = hostName;
    profile.keyUsage = "critical,digitalSignature";
    profile.extendedKeyUsage = "serverAuth";
    profile.subjectAltName = "DNS:" + hostName + ",IP:127.0.0.1";
    return issue(profile);
}

std::string TestPki::rootPem() const {
    return root_.certificatePem();
}

}  // namespace greffe
