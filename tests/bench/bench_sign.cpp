// SPDX-License-Identifier: Apache-2.0
// How many seals a second one core signs, beside what the bare key operation allows: the same key, the same
// program, taken in turns so that a noisy machine disturbs both. Prints one line a key; the argument is
// seconds a figure (1).
#include "seal/digest_signing.h"
#include "seal/wiping_memory.h"
#include "support/fake_host.h"
#include "support/loaded_plugin.h"
#include "support/test_pki.h"

#include <fmt/format.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace greffe {
namespace {

using std::chrono::steady_clock;

constexpr int kRounds = 5;

template <class Work>
double perSecond(double seconds, Work&& work) {
    const auto start = steady_clock::now();
    const auto end =
        start + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>(seconds));
    std::size_t count = 0;
    while (steady_clock::now() < end) {
        work(count);
        ++count;
    }
    return static_cast<double>(count) / std::chrono::duration<double>(steady_clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void stop(const std::string& why) {
    fmt::print(stderr, "bench_sign: {}\n", why);
    std::exit(1);
}

void bench(const char* name, TestKey kind, const char* options, double seconds) {
    TestPki pki;
    const TestIdentity identity = pki.seal(kind);
    FakeHost host(static_cast<std::int64_t>(std::time(nullptr)) * 1000);
    host.setSecret("private_key", identity.keyPem());
    host.setSecret("certificate", identity.chainPem());
    HeardProblems problems;
    Instance* const instance = loadedPlugin("key-file").create(host);
    if (!instance->configure(options, problems) || !instance->validate(problems) ||
        !instance->provision(problems))
        stop(problems.all());
    auto signing = DigestSigning::open(*instance->capability<DigestSigner>());
    if (!signing) stop(signing.error().text());

    const sdk::OpenSsl<EVP_PKEY_CTX, EVP_PKEY_CTX_free> raw(EVP_PKEY_CTX_new(identity.key.get(), nullptr));
    EVP_PKEY_sign_init(raw.get());
    EVP_PKEY_CTX_set_signature_md(raw.get(), EVP_sha256());
    if (signing->scheme() == SignatureScheme::RsaPssSha256)
        EVP_PKEY_CTX_set_rsa_padding(raw.get(), RSA_PKCS1_PSS_PADDING);
    std::string digest(32, '\0');
    unsigned char value[512];
    std::vector<double> rawRates;
    std::vector<double> sealRates;
    std::vector<double> buildRates;
    auto builder = CmsBuilder::create(signing->chain(), signing->scheme());
    const std::string signature(signing->chain().maxSignatureBytes(), 's');
    for (int round = 0; round < kRounds; ++round) {
        rawRates.push_back(perSecond(seconds / kRounds, [&](std::size_t i) {
            digest[i % digest.size()] = static_cast<char>(i);
            std::size_t size = sizeof value;
            if (EVP_PKEY_sign(raw.get(), value, &size, reinterpret_cast<const unsigned char*>(digest.data()),
                              32) != 1)
                stop("EVP_PKEY_sign: " + sdk::openSslErrors());
        }));
        sealRates.push_back(perSecond(seconds / kRounds, [&](std::size_t i) {
            digest[i % digest.size()] = static_cast<char>(i);
            if (const auto made = signing->signDigest(digest); !made) stop(made.error().text());
        }));
        buildRates.push_back(perSecond(seconds / kRounds / 10, [&](std::size_t i) {
            Digest each{};
            each[0] = static_cast<unsigned char>(i);
            const std::string attributes = builder->attributes().toBeSigned(each);
            if (builder->build(attributes, signature).empty()) stop("an empty CMS");
        }));
    }
    fmt::print("{:<18} raw sign {:>7.0f}/s   CMS {:>7.0f}/s   {:>3.0f} %   building alone {:.2f} us\n", name,
               median(rawRates), median(sealRates), 100 * median(sealRates) / median(rawRates),
               1e6 / median(buildRates));
    instance->cleanup();
    instance->release();
}

}  // namespace
}  // namespace greffe

int main(int argc, char** argv) {
    const double seconds = argc > 1 ? std::atof(argv[1]) : 1.0;
    greffe::wipeFreedOpenSslMemory();  // as the keys worker does: it has its price
    greffe::bench("RSA-2048", greffe::TestKey::Rsa2048, "{}", seconds);
    greffe::bench("RSA-2048 PSS", greffe::TestKey::Rsa2048, R"({"scheme":"rsa_pss"})", seconds);
    greffe::bench("RSA-3072", greffe::TestKey::Rsa3072, "{}", seconds);
    greffe::bench("P-256", greffe::TestKey::P256, "{}", seconds);
    greffe::bench("P-384", greffe::TestKey::P384, "{}", seconds);
}
