// SPDX-License-Identifier: Apache-2.0
#include "key_checks.h"
#include "prepared_key.h"

#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>

namespace greffe::keyfile {
namespace {

class KeyFile final : public sdk::InstanceBase<KeyFile>, public DigestSigner {
public:
    using InstanceBase::InstanceBase;
    ~KeyFile() { cleanup(); }

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            const nlohmann::json options = nlohmann::json::parse(optionsJson.view());
            wantedScheme_ = options.value("scheme", std::string("auto"));
            return true;
        });
    }

    bool validate(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] { return load(problems); });
    }

    bool provision(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            std::string reason;
            if (material_.key && prepared_.prepare(material_.key.get(), scheme_, reason) &&
                prepared_.proveWith(material_.certificates.front().get(), reason))
                return true;
            prepared_.forget();
            problems.error("private_key", std::string_view("the key cannot sign: " +
                                                           (material_.key ? reason : "it was not loaded")));
            return false;
        });
    }

    void* query(Slice capabilityId) noexcept override {
        return capabilityId.view() == DigestSigner::kId ? static_cast<DigestSigner*>(this) : nullptr;
    }

    void cleanup() noexcept override {
        prepared_.forget();
        material_.key.reset();
        material_.certificates.clear();
    }

    SignatureScheme scheme() noexcept override { return scheme_; }

    bool certificateChain(ByteSink& certificates) noexcept override {
        for (const Certificate& each : material_.certificates) {
            unsigned char* der = nullptr;
            const int size = i2d_X509(each.get(), &der);
            const bool isWritten = size > 0 && certificates.write({reinterpret_cast<const char*>(der),
                                                                   static_cast<std::size_t>(size)});
            OPENSSL_free(der);
            if (!isWritten) return false;
        }
        return !material_.certificates.empty();
    }

    void sign(Slice toBeSigned, ByteSink& signature, Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] { signGuarded(toBeSigned, signature, outcome); });
    }

private:
    bool load(Problems& problems) {
        material_ = {};
        SecretBytes passphrase;
        if (!reveal("passphrase", passphrase, problems)) return false;
        passphrase.trimLineEnd();
        if (!read(passphrase, problems)) return false;

        auto* const clock = host().service<ClockService>();
        if (clock == nullptr) {
            problems.error("", "the host has no clock/1");
            return false;
        }
        bool isUsable = chooseScheme(material_.key.get(), wantedScheme_, scheme_, problems);
        isUsable = orderChain(material_, problems) &&
                   checkCertificate(material_.certificates.front().get(), clock->unixMs() / 1000, validity_,
                                    problems) &&
                   isUsable;
        if (!isUsable) cleanup();
        return isUsable;
    }

    bool read(const SecretBytes& passphrase, Problems& problems) {
        SecretBytes pkcs12;
        SecretBytes key;
        SecretBytes certificate;
        if (!reveal("pkcs12", pkcs12, problems) || !reveal("private_key", key, problems) ||
            !reveal("certificate", certificate, problems))
            return false;
        if (!pkcs12.empty() && (!key.empty() || !certificate.empty())) {
            problems.error("pkcs12", "give either pkcs12, or private_key and certificate");
            return false;
        }
        if (!pkcs12.empty()) return readPkcs12(pkcs12, passphrase, material_, problems);
        if (key.empty()) problems.error("private_key", "no key: give pkcs12, or private_key and certificate");
        if (certificate.empty())
            problems.error("certificate", "no certificate: give pkcs12, or private_key and certificate");
        if (key.empty() || certificate.empty()) return false;
        const bool hasKey = readPemKey(key, passphrase, material_, problems);
        return readPemCertificates(certificate, material_, problems) && hasKey;
    }

    // An option that was not given leaves `bytes` empty.
    bool reveal(std::string_view option, SecretBytes& bytes, Problems& problems) {
        auto* const secrets = host().service<SecretsService>();
        const std::uint32_t handle = secrets != nullptr ? secrets->find(option) : SecretsService::kNone;
        if (handle == SecretsService::kNone) return true;
        if (secrets->reveal(handle, bytes)) return true;
        problems.error(option,
                       "the secret cannot be read: too large, or this worker is not in the keys pool");
        return false;
    }

    void signGuarded(Slice toBeSigned, ByteSink& signature, Outcome& outcome) {
        if (!prepared_.isReady()) return sdk::reject(outcome, Reason::KeyUnusable, "the key is not loaded");
        // A daemon runs for months: what was in date at the start may not be today.
        const std::int64_t now = host().service<ClockService>()->unixMs() / 1000;
        if (now < validity_.fromUnix || now > validity_.untilUnix)
            return sdk::reject(outcome, Reason::KeyUnusable,
                               "the certificate is out of date: give the key a new one");
        std::string value;
        std::string reason;
        if (!prepared_.sign(toBeSigned, value, reason))
            return sdk::reject(outcome, Reason::KeyUnusable, reason);
        if (!signature.write(std::string_view(value)))
            return sdk::reject(outcome, Reason::LimitExceeded, "the host does not take the signature");
        outcome.done();
    }

    std::string wantedScheme_ = "auto";
    SignatureScheme scheme_ = SignatureScheme::EcdsaSha256;
    Validity validity_;
    KeyMaterial material_;
    PreparedKey prepared_;
};

Instance* createKeyFile(Host& host) noexcept {
    return KeyFile::create(host);
}

}  // namespace
}  // namespace greffe::keyfile

GREFFE_EXPORT_PLUGIN(
    "key-file", "0.1.0", "Seal keys from PEM and PKCS#12 files", "keys", "0.1", "digest-signer/1",
    R"({"type":"object","additionalProperties":false,"properties":{)"
    R"("certificate":{"type":"string","format":"secret",)"
    R"("description":"The certificate in PEM form, its issuers behind it"},)"
    R"("private_key":{"type":"string","format":"secret",)"
    R"("description":"The private key in PEM form: RSA of 2048 bits or more, P-256 or P-384"},)"
    R"("pkcs12":{"type":"string","format":"secret",)"
    R"("description":"Key and certificates in one PKCS#12 file, instead of the two above"},)"
    R"("passphrase":{"type":"string","format":"secret",)"
    R"("description":"Opens the private key or the PKCS#12 file"},)"
    R"("scheme":{"type":"string","enum":["auto","rsa_pkcs1","rsa_pss","ecdsa"],"default":"auto",)"
    R"("description":"How to sign; auto takes what the key is for"}}})",
    ::greffe::keyfile::createKeyFile);
