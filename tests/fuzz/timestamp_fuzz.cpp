// SPDX-License-Identifier: Apache-2.0
// What tsa-rfc3161 makes of any answer of an authority: a refusal with a reason, or a token that is good for
// the question that was asked. Seeds: tests/fuzz/seeds/timestamp, answers to this question by an authority
// made for them.
#include "base/invariant.h"
#include "messages.h"
#include "token.h"

#include <openssl/pem.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

namespace {

// Who certified the authority of the seeds.
constexpr char kAnchor[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBczCCARmgAwIBAgIUUxOC8jB9K2O+OLretTBSeOXdBnQwCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEUm9vdDAeFw0yNjExMjIyMTM2MDRaFw0zNjExMTkyMTM2MDRa\n"
    "MA8xDTALBgNVBAMMBFJvb3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARpKOxP\n"
    "mWQHpl8O/Gme8vhbF/NvLJnIbu9g1ZaOXgXzkxZePhZGzQruEEt1zxHQmX5mBLuw\n"
    "xG+vBLl0ndsa0n6do1MwUTAdBgNVHQ4EFgQUBKOxTgU3XX+bn7xIO8Ng3b1Qza8w\n"
    "HwYDVR0jBBgwFoAUBKOxTgU3XX+bn7xIO8Ng3b1Qza8wDwYDVR0TAQH/BAUwAwEB\n"
    "/zAKBggqhkjOPQQDAgNIADBFAiBfTGnvIJm3Z71CI9LLZaICuIsWU4RU3lxVg3F6\n"
    "HvtaQQIhAIFhjtCierrWR6PZdiIzUgm0qeBEVlqgAIjBzmtOwYZ5\n"
    "-----END CERTIFICATE-----\n";

X509_STORE* storeWith(const char* pem) {
    const greffe::sdk::OpenSsl<BIO, BIO_free_all> text(BIO_new_mem_buf(pem, -1));
    const greffe::sdk::OpenSsl<X509, X509_free> certificate(
        PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    X509_STORE* const store = X509_STORE_new();
    GREFFE_INVARIANT(certificate && X509_STORE_add_cert(store, certificate.get()) == 1);
    return store;
}

greffe::tsa::Question question() {
    greffe::tsa::Question asked;
    std::memset(asked.imprint, 0x11, sizeof asked.imprint);
    std::memset(asked.nonce, 0x22, sizeof asked.nonce);
    return asked;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    using namespace greffe::tsa;
    static const std::string asked = writeRequest(question(), "1.2.3.4");
    GREFFE_INVARIANT(!asked.empty());
    const std::string_view answer(reinterpret_cast<const char*>(bytes), size);
    std::string_view token;
    if (const Checked refused = openAnswer(answer, token)) {
        GREFFE_INVARIANT(!refused->text.empty());
        return 0;
    }
    GREFFE_INVARIANT(token.data() >= answer.data() &&
                     token.data() + token.size() <= answer.data() + answer.size());
    static Authority authority;
    if (!authority.anchors) authority.anchors.reset(storeWith(kAnchor));
    authority.maxSkewSeconds = std::numeric_limits<std::int32_t>::max();
    for (const char* policy : {"", "1.2.3.4"}) {
        authority.policyOid = policy;
        TokenFacts facts;
        const Checked refused = checkToken(token, question(), authority, 1'800'000'000, facts);
        GREFFE_INVARIANT(refused ? !refused->text.empty() : !facts.serialHex.empty());
    }
    return 0;
}
