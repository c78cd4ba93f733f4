// SPDX-License-Identifier: Apache-2.0
// A throw-away public-key infrastructure for tests and simulators: a root, an authority under it, and
// whatever certificates a test asks for, right or wrong. Keys are made anew each time; nothing here is ever
// trusted outside.
//
//   TestPki pki;
//   const TestIdentity seal = pki.seal(TestKey::P256);
//   writeFile("seal.pem", seal.keyPem() + seal.chainPem());
//
// Not thread-safe. A failure of OpenSSL throws std::runtime_error: a test has nothing better to do than to
// end.
#pragma once

#include <greffe/sdk/openssl.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace greffe {

enum class TestKey { Rsa1024, Rsa2048, Rsa3072, RsaPss2048, P256, P384, Ed25519 };

struct TestProfile {
    std::string commonName = "Greffe test";
    TestKey key = TestKey::P256;
    std::int64_t validFromSeconds = -3600;          // from now
    std::int64_t validUntilSeconds = 365 * 86400L;  // from now
    bool isAuthority = false;
    // OpenSSL's extension syntax ("critical,digitalSignature"); empty leaves the extension out.
    std::string keyUsage = "critical,digitalSignature,nonRepudiation";
    std::string extendedKeyUsage;
    std::string subjectAltName;  // "DNS:localhost,IP:127.0.0.1"
    // Others, by OpenSSL's number (NID_info_access) and in its syntax.
    std::vector<std::pair<int, std::string>> extensions;
};

enum class Pkcs12Encryption {
    Modern,     // AES-256, PBKDF2
    TripleDes,  // PBE-SHA1-3DES for key and certificates
    Rc2,  // 40-bit RC2 for the certificates, as old Windows and OpenSSL 1 wrote: needs the legacy provider
};

using TestPkey = sdk::OpenSsl<EVP_PKEY, EVP_PKEY_free>;
using TestX509 = sdk::OpenSsl<X509, X509_free>;

TestPkey generateKey(TestKey kind);

// A key, its certificate, and the certificates above it without the root.
struct TestIdentity {
    TestPkey key;
    TestX509 certificate;
    std::vector<TestX509> issuers;

    std::string certificateDer() const;
    std::string certificatePem() const;
    std::vector<std::string> chainDer() const;                     // signer first
    std::string chainPem() const;                                  // signer first
    std::string keyPem(const std::string& passphrase = {}) const;  // PKCS#8
    std::string keyPemTraditional() const;                         // "BEGIN RSA PRIVATE KEY" and its like
    std::string pkcs12(const std::string& passphrase, Pkcs12Encryption how = Pkcs12Encryption::Modern) const;
};

// A new key and its certificate under `issuer`; self-signed without one.
TestIdentity issueCertificate(const TestProfile& profile, const TestIdentity* issuer);

class TestPki {
public:
    // `authorities`: the kind of the root's and the authority's own keys. node-forge reads RSA alone.
    explicit TestPki(const std::string& name = "Greffe test", TestKey authorities = TestKey::P256);

    TestIdentity issue(const TestProfile& profile);
    TestIdentity seal(TestKey key = TestKey::P256);
    TestIdentity timestamping(TestKey key = TestKey::P256);
    TestIdentity server(const std::string& hostName = "localhost");

    // PEM of the root: what a trusting party configures.
    std::string rootPem() const;
    X509* root() const { return root_.certificate.get(); }
    X509* authority() const { return authority_.certificate.get(); }

private:
    std::string name_;
    TestIdentity root_;
    TestIdentity authority_;
};

std::string pemOf(X509* certificate);
std::string derOf(X509* certificate);

}  // namespace greffe
