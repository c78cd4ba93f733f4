// SPDX-License-Identifier: Apache-2.0
// Keys, certificates, CMS signatures and time-stamps for tests: everything that the keys and providers pools
// give in production, made in memory and valid for nobody.
#pragma once

#include <greffe/sdk/openssl.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <ostream>
#include <string>
#include <string_view>

namespace greffe {

// A certificate authority, a seal certificate and a time-stamp certificate of one kind of key.
class TestSigner {
public:
    enum class Key { Rsa2048, P256 };
    explicit TestSigner(Key key);

    // What is wrong with a signature, for tests of what refuses it.
    enum class Fault {
        None,
        SigningTime,
        NoSigningCertificate,
        OtherCertificate,
        WrongSignature,
        WrongContentType
    };

    // DER CMS SignedData over a SHA-256 digest, as PAdES baseline wants it: detached, no signing time, ESS
    // signing-certificate-v2, chain included. One private-key operation.
    std::string sign(std::string_view digest, Fault fault = Fault::None) const;
    // DER TimeStampToken (RFC 3161) over a SHA-256 imprint; with `nonce` in it, unless that is empty.
    std::string timestamp(std::string_view imprint, std::string_view nonce = {}) const;
    // The signature value inside a CMS: what a time-stamp is over.
    static std::string signatureValue(std::string_view cms);

    // PEM of the authority's certificate, for tools that check chains.
    std::string authorityPem() const;

private:
    using KeyPointer = sdk::OpenSsl<EVP_PKEY, EVP_PKEY_free>;
    using CertificatePointer = sdk::OpenSsl<X509, X509_free>;

    KeyPointer authorityKey_, sealKey_, stampKey_;
    CertificatePointer authority_, seal_, stamp_;
};

// The name of a case in GoogleTest.
inline void PrintTo(TestSigner::Key key, std::ostream* out) {
    *out << (key == TestSigner::Key::P256 ? "P256" : "Rsa2048");
}

// SHA-256 of one or two pieces: a file without the gap.
std::string sha256Of(std::string_view first, std::string_view second = {});

}  // namespace greffe
