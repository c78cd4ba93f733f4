// SPDX-License-Identifier: Apache-2.0
#include "key_checks.h"

#include <openssl/asn1.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <string>

namespace greffe::keyfile {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr std::int64_t kWarnSeconds = 30 * 86400L;

std::string nameOf(X509* certificate) {
    char line[256] = {};
    X509_NAME_oneline(X509_get_subject_name(certificate), line, sizeof line);
    return line;
}

bool isIssuedBy(X509* subject, X509* issuer) {
    if (X509_check_issued(issuer, subject) != X509_V_OK) return false;
    const bool isSigned = X509_verify(subject, X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    return isSigned;
}

bool fits(X509* certificate, EVP_PKEY* key) {
    const bool isSame = EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1;
    ERR_clear_error();
    return isSame;
}

std::int64_t unixOf(const ASN1_TIME* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(timegm(&parts)) : 0;
}

std::string dateOf(std::int64_t unix) {
    const auto time = static_cast<std::time_t>(unix);
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return text;
}

std::string curveOf(EVP_PKEY* key) {
    char group[64] = {};
    std::size_t size = 0;
    return EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 ? std::string(group, size)
                                                                         : "unnamed";
}

}  // namespace

bool orderChain(KeyMaterial& material, Problems& problems) {
    std::vector<Certificate>& all = material.certificates;
    const auto signer = std::find_if(all.begin(), all.end(), [&](const Certificate& each) {
        return fits(each.get(), material.key.get());
    });
    if (signer == all.end()) {
        problems.error("certificate", all.empty() ? "there is no certificate beside the private key"
                                                  : "no certificate fits the private key");
        return false;
    }
    std::rotate(all.begin(), signer, signer + 1);
    std::size_t inOrder = 1;
    while (inOrder < all.size() && !isIssuedBy(all[inOrder - 1].get(), all[inOrder - 1].get())) {
        const auto next = all.begin() + static_cast<std::ptrdiff_t>(inOrder);
        const auto issuer = std::find_if(next, all.end(), [&](const Certificate& each) {
            return isIssuedBy(all[inOrder - 1].get(), each.get());
        });
        if (issuer == all.end()) break;
        std::rotate(next, issuer, issuer + 1);
        ++inOrder;
    }
    for (std::size_t i = inOrder; i < all.size(); ++i)
        problems.warning("certificate", std::string_view("not part of the signer's chain, left out: " +
                                                         nameOf(all[i].get())));
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(inOrder), all.end());
    if (inOrder == 1 && !isIssuedBy(all[0].get(), all[0].get()))
        problems.warning("certificate",
                         "the issuer's certificate is missing: put it behind the signer's, or those who "
                         "check a seal must find it themselves");
    return true;
}

bool chooseScheme(EVP_PKEY* key, std::string_view wanted, SignatureScheme& scheme, Problems& problems) {
    const int id = EVP_PKEY_get_base_id(key);
    if (id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS) {
        if (EVP_PKEY_get_bits(key) < kMinRsaBits) {
            problems.error("private_key",
                           std::string_view("an RSA key of " + std::to_string(EVP_PKEY_get_bits(key)) +
                                            " bits is too short; 2048 are needed"));
            return false;
        }
        if (wanted == "ecdsa") {
            problems.error("scheme", "the key is an RSA key, it cannot sign with ECDSA");
            return false;
        }
        if (id == EVP_PKEY_RSA_PSS && wanted == "rsa_pkcs1") {
            problems.error("scheme", "the key is limited to RSA-PSS");
            return false;
        }
        scheme = id == EVP_PKEY_RSA_PSS || wanted == "rsa_pss" ? SignatureScheme::RsaPssSha256
                                                               : SignatureScheme::RsaPkcs1Sha256;
        return true;
    }
    if (id != EVP_PKEY_EC) {
        problems.error("private_key", "the key is neither RSA nor ECDSA");
        return false;
    }
    const std::string curve = curveOf(key);
    if (curve != "prime256v1" && curve != "secp384r1") {
        problems.error("private_key",
                       std::string_view("the curve " + curve + " is not offered; use P-256 or P-384"));
        return false;
    }
    if (wanted == "rsa_pkcs1" || wanted == "rsa_pss") {
        problems.error("scheme", "the key is an elliptic-curve key, it cannot sign with RSA");
        return false;
    }
    scheme = SignatureScheme::EcdsaSha256;
    return true;
}

bool checkCertificate(X509* certificate, std::int64_t nowUnix, Validity& validity, Problems& problems) {
    validity.fromUnix = unixOf(X509_get0_notBefore(certificate));
    validity.untilUnix = unixOf(X509_get0_notAfter(certificate));
    bool isUsable = true;
    if (nowUnix > validity.untilUnix) {
        problems.error("certificate",
                       std::string_view("the certificate ended on " + dateOf(validity.untilUnix)));
        isUsable = false;
    } else if (nowUnix < validity.fromUnix) {
        problems.error("certificate",
                       std::string_view("the certificate begins on " + dateOf(validity.fromUnix)));
        isUsable = false;
    } else if (validity.untilUnix - nowUnix < kWarnSeconds) {
        problems.warning("certificate",
                         std::string_view("the certificate ends on " + dateOf(validity.untilUnix) +
                                          ": order the next one now"));
    }
    // UINT32_MAX when the extension is absent: then every use is allowed.
    if ((X509_get_key_usage(certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0) {
        problems.error("certificate",
                       "its key usage allows neither digitalSignature nor nonRepudiation: it was not "
                       "issued for sealing");
        isUsable = false;
    }
    return isUsable;
}

}  // namespace greffe::keyfile
