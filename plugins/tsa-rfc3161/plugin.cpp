// SPDX-License-Identifier: Apache-2.0
#include "stamp_exchange.h"

#include <greffe/capability/timestamp_authority.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <string_view>

namespace greffe::tsa {
namespace {

using Bio = sdk::OpenSsl<BIO, BIO_free_all>;

bool isOid(const std::string& text) {
    const sdk::OpenSsl<ASN1_OBJECT, ASN1_OBJECT_free> object(OBJ_txt2obj(text.c_str(), 1));
    ERR_clear_error();
    return object != nullptr;
}

class TsaRfc3161 final : public sdk::InstanceBase<TsaRfc3161>, public TimestampAuthority {
public:
    using InstanceBase::InstanceBase;
    ~TsaRfc3161() = default;

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            const nlohmann::json options = nlohmann::json::parse(optionsJson.view());
            const auto authority = std::make_shared<Authority>();
            authority->url = options.value("url", std::string());
            authority->username = options.value("username", std::string());
            authority->policyOid = options.value("policy_oid", std::string());
            authority->maxSkewSeconds = options.value("max_skew_seconds", std::int64_t{60});
            authority->timeoutMs = options.value("timeout_seconds", 30U) * 1000;
            anchorsOption_ = options.value("trust_anchors", std::string());
            authority_ = authority;
            return true;
        });
    }

    bool validate(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            if (!authority_) return false;
            bool isUsable = checkUrl(problems);
            isUsable = checkAuthorization(problems) && isUsable;
            if (!authority_->policyOid.empty() && !isOid(authority_->policyOid)) {
                problems.error("policy_oid", "not an object identifier such as 1.2.3.4.1");
                isUsable = false;
            }
            return readAnchors(problems) && isUsable;
        });
    }

    void* query(Slice capabilityId) noexcept override {
        return capabilityId.view() == TimestampAuthority::kId ? static_cast<TimestampAuthority*>(this)
                                                              : nullptr;
    }

    HttpExchange* stamp(const unsigned char imprint[32], const unsigned char nonce[8]) noexcept override {
        Question question;
        std::copy(imprint, imprint + sizeof question.imprint, question.imprint);
        std::copy(nonce, nonce + sizeof question.nonce, question.nonce);
        return new (std::nothrow) StampExchange(host(), authority_, question, true);
    }

    HttpExchange* health() noexcept override {
        Question question;
        RAND_bytes(question.imprint, sizeof question.imprint);
        RAND_bytes(question.nonce, sizeof question.nonce);
        return new (std::nothrow) StampExchange(host(), authority_, question, false);
    }

private:
    bool checkUrl(Problems& problems) {
        const std::string& url = authority_->url;
        const bool isTls = url.rfind("https://", 0) == 0;
        if (!isTls && url.rfind("http://", 0) != 0) {
            problems.error("url", "the authority's address begins with https:// or http://");
            return false;
        }
        // The token is signed, so its transport need not be; a password must not travel in the clear.
        if (!isTls && !authority_->username.empty() && url.rfind("http://127.0.0.1", 0) != 0)
            problems.warning("url", "the password goes over the network unprotected: use https");
        return true;
    }

    bool checkAuthorization(Problems& problems) {
        auto* const secrets = host().service<SecretsService>();
        authority_->password = secrets != nullptr ? secrets->find("password") : SecretsService::kNone;
        const bool hasPassword = authority_->password != SecretsService::kNone;
        if (authority_->username.empty() == !hasPassword) return true;
        problems.error(hasPassword ? "username" : "password",
                       "username and password go together: one of them is missing");
        return false;
    }

    // The option holds PEM text or the absolute path of a file with it.
    bool readAnchors(Problems& problems) {
        if (anchorsOption_.empty()) {
            problems.warning("trust_anchors",
                             "without it anybody's time-stamp is taken that verifies with the certificate "
                             "it brings along: set the authority's root or issuing certificate");
            return true;
        }
        const bool isText = anchorsOption_.rfind("-----BEGIN", 0) == 0;
        if (!isText && anchorsOption_.front() != '/') {
            problems.error("trust_anchors", "give PEM text or an absolute path");
            return false;
        }
        const Bio pem(isText ? BIO_new_mem_buf(anchorsOption_.data(), static_cast<int>(anchorsOption_.size()))
                             : BIO_new_file(anchorsOption_.c_str(), "r"));
        if (!pem) {
            problems.error("trust_anchors", std::string_view("cannot be opened: " + sdk::openSslErrors()));
            return false;
        }
        sdk::OpenSsl<X509_STORE, X509_STORE_free> store(X509_STORE_new());
        int count = 0;
        while (X509* const certificate = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr)) {
            count += X509_STORE_add_cert(store.get(), certificate);
            X509_free(certificate);
        }
        const unsigned long last = ERR_peek_last_error();
        const bool isAtEnd = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
        const std::string reason = sdk::openSslErrors();
        if (count == 0 || !isAtEnd) {
            problems.error("trust_anchors",
                           std::string_view(isAtEnd ? "no certificate in PEM form in it"
                                                    : "a certificate in it is damaged: " + reason));
            return false;
        }
        authority_->anchors = std::move(store);
        return true;
    }

    // Shared with exchanges in flight; changed only before the first of them.
    std::shared_ptr<Authority> authority_;
    std::string anchorsOption_;
};

Instance* createTsa(Host& host) noexcept {
    return TsaRfc3161::create(host);
}

}  // namespace
}  // namespace greffe::tsa

GREFFE_EXPORT_PLUGIN(
    "tsa-rfc3161", "0.1.0", "Time-stamps from an RFC 3161 authority over HTTP", "providers", "0.1",
    "timestamp-authority/1",
    R"({"type":"object","additionalProperties":false,"required":["url"],"properties":{)"
    R"("url":{"type":"string","format":"uri","description":"Where the authority answers"},)"
    R"("username":{"type":"string","description":"For HTTP Basic authorization, together with password"},)"
    R"("password":{"type":"string","format":"secret","description":"For HTTP Basic authorization"},)"
    R"("policy_oid":{"type":"string","description":"The policy to ask for; a token under another one is refused"},)"
    R"("hash":{"type":"string","enum":["sha256"],"default":"sha256","description":"The imprint's digest"},)"
    R"("trust_anchors":{"type":"string",)"
    R"("description":"Certificates that the authority's chain must end in: PEM text or the absolute path of a PEM file"},)"
    R"("max_skew_seconds":{"type":"integer","minimum":1,"maximum":3600,"default":60,)"
    R"("description":"How far a token's time may be from this machine's clock"},)"
    R"("timeout_seconds":{"type":"integer","minimum":1,"maximum":120,"default":30,)"
    R"("description":"How long one answer may take"}}})",
    ::greffe::tsa::createTsa);
