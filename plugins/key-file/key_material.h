// SPDX-License-Identifier: Apache-2.0
// A private key with its certificates, as read from PEM or PKCS#12. Reading only: whether they may seal is
// key_checks.h's question.
#pragma once

#include "secret_bytes.h"

#include <greffe/sdk/openssl.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <vector>

namespace greffe::keyfile {

using Pkey = sdk::OpenSsl<EVP_PKEY, EVP_PKEY_free>;
using Certificate = sdk::OpenSsl<X509, X509_free>;

struct KeyMaterial {
    Pkey key;                               // its private values are overwritten when it is freed
    std::vector<Certificate> certificates;  // in the file's order until orderChain()
};

// `passphrase` may be empty. Each returns false after reporting to `problems` what is wrong with which
// option.
bool readPemKey(const SecretBytes& pem, const SecretBytes& passphrase, KeyMaterial& material,
                Problems& problems);
bool readPemCertificates(const SecretBytes& pem, KeyMaterial& material, Problems& problems);

// Files of old programs are encrypted with 40-bit RC2, which OpenSSL 3 has in its legacy provider only. That
// provider is loaded into a library context of its own, for this one reading, and a warning says so.
bool readPkcs12(const SecretBytes& file, const SecretBytes& passphrase, KeyMaterial& material,
                Problems& problems);

}  // namespace greffe::keyfile
