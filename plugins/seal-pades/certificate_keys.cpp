// SPDX-License-Identifier: Apache-2.0
#include "certificate_keys.h"

#include <openssl/x509.h>

namespace greffe::seal_pades {
namespace {

constexpr std::size_t kMostKnown = 8;

}  // namespace

EVP_PKEY* CertificateKeys::keyOf(std::string_view certificate) {
    for (const Known& known : known_)
        if (known.certificate == certificate) return known.key.get();
    const auto* at = reinterpret_cast<const unsigned char*>(certificate.data());
    const sdk::OpenSsl<X509, X509_free> parsed(d2i_X509(nullptr, &at, static_cast<long>(certificate.size())));
    if (!parsed) return nullptr;
    sdk::OpenSsl<EVP_PKEY, EVP_PKEY_free> key(X509_get_pubkey(parsed.get()));
    if (!key) return nullptr;
    known_.push_front({std::string(certificate), std::move(key)});
    if (known_.size() > kMostKnown) known_.pop_back();
    return known_.front().key.get();
}

}  // namespace greffe::seal_pades
