// SPDX-License-Identifier: Apache-2.0
#include "key_material.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include <string>

namespace greffe::keyfile {
namespace {

using Bio = sdk::OpenSsl<BIO, BIO_free_all>;
using Pkcs12 = sdk::OpenSsl<PKCS12, PKCS12_free>;
using LibraryContext = sdk::OpenSsl<OSSL_LIB_CTX, OSSL_LIB_CTX_free>;
using Provider = sdk::OpenSsl<OSSL_PROVIDER, OSSL_PROVIDER_unload>;

void freeCertificates(STACK_OF(X509) * stack) {
    sk_X509_pop_free(stack, X509_free);
}
using Certificates = sdk::OpenSsl<STACK_OF(X509), freeCertificates>;

Bio reading(const SecretBytes& bytes) {
    return Bio(BIO_new_mem_buf(bytes.text(), static_cast<int>(bytes.view().size())));
}

struct PassphraseRequest {
    const SecretBytes& passphrase;
    bool wasAsked = false;
};

int givePassphrase(char* buffer, int size, int, void* request) {
    auto& asked = *static_cast<PassphraseRequest*>(request);
    asked.wasAsked = true;
    const std::string_view text = asked.passphrase.view();
    if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
    std::memcpy(buffer, text.data(), text.size());
    return static_cast<int>(text.size());
}

// An algorithm that no loaded provider has, anywhere in the queue. Empties the queue.
bool drainAndLookForUnsupported(std::string& text) {
    bool isUnsupported = false;
    char line[256];
    while (const unsigned long code = ERR_get_error()) {
        if (ERR_GET_REASON(code) == ERR_R_UNSUPPORTED) isUnsupported = true;
        if (ERR_GET_LIB(code) == ERR_LIB_EVP && ERR_GET_REASON(code) == EVP_R_UNSUPPORTED_ALGORITHM)
            isUnsupported = true;
        ERR_error_string_n(code, line, sizeof line);
        if (!text.empty()) text += "; ";
        text += line;
    }
    return isUnsupported;
}

// An empty passphrase may have been "" or none at all when the file was made; the two give different MACs.
bool macFits(PKCS12* file, const SecretBytes& passphrase) {
    const auto size = static_cast<int>(passphrase.view().size());
    if (PKCS12_verify_mac(file, passphrase.text(), size) == 1) return true;
    return passphrase.empty() && PKCS12_verify_mac(file, nullptr, 0) == 1;
}

Pkcs12 decode(const SecretBytes& bytes, OSSL_LIB_CTX* context) {
    // Made first, so that what is inside is later decrypted with the algorithms of `context`.
    PKCS12* file = PKCS12_init_ex(NID_pkcs7_data, context, nullptr);
    const auto* at = reinterpret_cast<const unsigned char*>(bytes.view().data());
    if (file == nullptr || d2i_PKCS12(&file, &at, static_cast<long>(bytes.view().size())) == nullptr)
        return nullptr;  // d2i has freed it
    return Pkcs12(file);
}

bool parse(PKCS12* file, const SecretBytes& passphrase, KeyMaterial& material) {
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* others = nullptr;
    if (PKCS12_parse(file, passphrase.text(), &key, &certificate, &others) != 1) return false;
    material.key.reset(key);
    material.certificates.clear();
    if (certificate != nullptr) material.certificates.emplace_back(certificate);
    const Certificates owned(others);
    while (owned && sk_X509_num(owned.get()) > 0)
        material.certificates.emplace_back(sk_X509_shift(owned.get()));
    return true;
}

// Copies a key and certificates that belong to another library context into the default one, by their
// encodings.
bool bringHome(KeyMaterial& material) {
    unsigned char* der = nullptr;
    const int size = i2d_PrivateKey(material.key.get(), &der);
    if (size <= 0) return false;
    const unsigned char* at = der;
    Pkey copy(d2i_AutoPrivateKey(nullptr, &at, size));
    OPENSSL_clear_free(der, static_cast<std::size_t>(size));
    if (!copy) return false;
    material.key = std::move(copy);
    for (Certificate& each : material.certificates) {
        unsigned char* bytes = nullptr;
        const int length = i2d_X509(each.get(), &bytes);
        if (length <= 0) return false;
        const unsigned char* from = bytes;
        each.reset(d2i_X509(nullptr, &from, length));
        OPENSSL_free(bytes);
        if (!each) return false;
    }
    return true;
}

bool readLegacyPkcs12(const SecretBytes& file, const SecretBytes& passphrase, KeyMaterial& material,
                      Problems& problems) {
    // Destroyed in the reverse order: objects, providers, context.
    const LibraryContext context(OSSL_LIB_CTX_new());
    const Provider standard(OSSL_PROVIDER_load(context.get(), "default"));
    const Provider legacy(OSSL_PROVIDER_load(context.get(), "legacy"));
    if (!standard || !legacy) {
        problems.error("pkcs12",
                       "the file is encrypted with an algorithm of OpenSSL's legacy provider, which is not "
                       "installed; convert the file with a current program");
        ERR_clear_error();
        return false;
    }
    KeyMaterial foreign;
    const Pkcs12 decoded = decode(file, context.get());
    if (!decoded || !parse(decoded.get(), passphrase, foreign) || !foreign.key || !bringHome(foreign)) {
        problems.error("pkcs12", std::string_view("the file cannot be decrypted: " + sdk::openSslErrors()));
        return false;
    }
    material = std::move(foreign);
    problems.warning(
        "pkcs12",
        "the file is encrypted with RC2, broken since the 1990s (read with OpenSSL's legacy provider); make "
        "a "
        "new one: openssl pkcs12 -legacy -in old.p12 -nodes | openssl pkcs12 -export -out new.p12");
    return true;
}

}  // namespace

bool readPemKey(const SecretBytes& pem, const SecretBytes& passphrase, KeyMaterial& material,
                Problems& problems) {
    PassphraseRequest request{passphrase};
    material.key.reset(PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, givePassphrase, &request));
    if (material.key) return true;
    const std::string reason = sdk::openSslErrors();
    if (request.wasAsked && passphrase.empty())
        problems.error("private_key", "the key is encrypted; set the option passphrase");
    else if (request.wasAsked)
        problems.error("passphrase", "the passphrase does not open the private key");
    else
        problems.error("private_key", std::string_view("no private key in PEM form in it: " + reason));
    return false;
}

bool readPemCertificates(const SecretBytes& pem, KeyMaterial& material, Problems& problems) {
    const Bio bio = reading(pem);
    while (X509* const certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
        material.certificates.emplace_back(certificate);
    const unsigned long last = ERR_peek_last_error();
    const bool isAtEnd = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
    const std::string reason = sdk::openSslErrors();
    if (isAtEnd && !material.certificates.empty()) return true;
    const std::string text = isAtEnd ? "no certificate in PEM form in it"
                                     : "certificate " + std::to_string(material.certificates.size() + 1) +
                                           " in it is damaged: " + reason;
    problems.error("certificate", std::string_view(text));
    return false;
}

bool readPkcs12(const SecretBytes& file, const SecretBytes& passphrase, KeyMaterial& material,
                Problems& problems) {
    const Pkcs12 decoded = decode(file, nullptr);
    if (!decoded) {
        problems.error("pkcs12", std::string_view("not a PKCS#12 file: " + sdk::openSslErrors()));
        return false;
    }
    if (PKCS12_mac_present(decoded.get()) == 1 && !macFits(decoded.get(), passphrase)) {
        std::string reason;
        if (drainAndLookForUnsupported(reason))
            problems.error("pkcs12",
                           std::string_view("its integrity check uses an unknown algorithm: " + reason));
        else
            problems.error("passphrase", passphrase.empty()
                                             ? "the PKCS#12 file needs a passphrase"
                                             : "the passphrase does not open the PKCS#12 file");
        return false;
    }
    if (parse(decoded.get(), passphrase, material)) {
        if (material.key) return true;
        problems.error("pkcs12", "the file holds no private key");
        return false;
    }
    std::string reason;
    if (drainAndLookForUnsupported(reason)) return readLegacyPkcs12(file, passphrase, material, problems);
    problems.error("pkcs12", std::string_view("the file cannot be read: " + reason));
    return false;
}

}  // namespace greffe::keyfile
