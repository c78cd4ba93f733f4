// SPDX-License-Identifier: Apache-2.0
#include "simulate/stand_in_identity.h"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

namespace greffe {
namespace {

constexpr long kDay = 86'400, kCentury = 36'525 * kDay;

bool addExtension(X509* certificate, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const sdk::OpenSsl<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

template <class Write>
std::string pem(Write write) {
    const sdk::OpenSsl<BIO, BIO_free> memory(BIO_new(BIO_s_mem()));
    if (!memory || write(memory.get()) != 1) return {};
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Result<StandInIdentity> StandInIdentity::make(Use use, WallTime from) {
    StandInIdentity made;
    made.key.reset(EVP_EC_gen("P-256"));
    made.certificate.reset(X509_new());
    if (!made.key || !made.certificate) return standInError("a key for the simulation");
    X509* const certificate = made.certificate.get();
    // The worker's own clock judges the key, the simulation's stands in the seal.
    std::time_t begin = std::min<std::time_t>(std::time(nullptr), toUnixMs(from) / 1000) - kDay;
    X509_NAME* const name = X509_get_subject_name(certificate);
    const auto* const text = reinterpret_cast<const unsigned char*>(kSimulation);
    const bool isMade =
        X509_set_version(certificate, X509_VERSION_3) == 1 &&
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), static_cast<std::uint64_t>(use) + 1) ==
            1 &&
        X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &begin) != nullptr &&
        X509_time_adj_ex(X509_getm_notAfter(certificate), 0, kCentury, &begin) != nullptr &&
        X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, text, -1, -1, 0) == 1 &&
        X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, made.key.get()) == 1 &&
        addExtension(certificate, NID_key_usage, "critical,digitalSignature,nonRepudiation") &&
        (use == Use::Seal || addExtension(certificate, NID_ext_key_usage, "critical,timeStamping")) &&
        X509_sign(certificate, made.key.get(), EVP_sha256()) > 0;
    if (!isMade) return standInError("a certificate for the simulation");
    return made;
}

std::string StandInIdentity::keyPem() const {
    return pem([&](BIO* out) {
        return PEM_write_bio_PKCS8PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

std::string StandInIdentity::certificatePem() const {
    return pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); });
}

Error standInError(const char* what) {
    return makeError(Errc::Internal, fmt::format("{}: {}", what, sdk::openSslErrors()));
}

}  // namespace greffe
