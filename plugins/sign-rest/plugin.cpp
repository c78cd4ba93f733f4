// SPDX-License-Identifier: Apache-2.0
#include "request_exchanges.h"
#include "send_exchange.h"

#include <greffe/capability/signature_provider.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>
#include <greffe/sdk/options.h>

namespace greffe::sign_rest {
namespace {

constexpr std::string_view kSignaturePrefix = "sha256=";

template <class Exchange, class... Arguments>
HttpExchange* make(Arguments&&... arguments) noexcept {
    try {
        return new Exchange(std::forward<Arguments>(arguments)...);
    } catch (...) {
        return nullptr;
    }
}

int digitOf(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// In a time that does not tell where the first difference is.
bool isSame(std::string_view hex, const unsigned char (&expected)[32]) {
    if (hex.size() != 64) return false;
    int differences = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        const int high = digitOf(hex[2 * i]), low = digitOf(hex[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        differences |= (high * 16 + low) ^ expected[i];
    }
    return differences == 0;
}

class SignRest final : public sdk::InstanceBase<SignRest>, public SignatureProvider {
public:
    using InstanceBase::InstanceBase;
    ~SignRest() = default;

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            const auto options = sdk::JsonValue::parse(optionsJson.view());
            if (!options) return false;
            const auto service = std::make_shared<Service>();
            service->url = (*options)["url"].text();
            while (!service->url.empty() && service->url.back() == '/')
                service->url.pop_back();
            service->timeoutMs = static_cast<std::uint32_t>((*options)["timeout_seconds"].whole(30)) * 1000;
            service->maxDocumentBytes =
                static_cast<std::uint64_t>((*options)["max_document_mebibytes"].whole(32)) << 20U;
            service_ = service;
            return true;
        });
    }

    bool validate(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            if (!service_) return false;
            if (service_->url.rfind("https://", 0) != 0 && service_->url.rfind("http://", 0) != 0) {
                problems.error("url", "the service's address begins with https:// or http://");
                return false;
            }
            const auto key = sdk::secretPlaceholder(host(), "api_key");
            if (!key) {
                problems.error("api_key", "the service's key is needed: api_key = secret_file(\"…\")");
                return false;
            }
            service_->apiKey = *key;
            auto* const secrets = host().service<SecretsService>();
            webhookSecret_ = secrets->find("webhook_secret");
            if (webhookSecret_ == SecretsService::kNone)
                problems.warning("webhook_secret",
                                 "without it no webhook is believed; the service is asked from time to time");
            return true;
        });
    }

    void* query(Slice capabilityId) noexcept override {
        return capabilityId.view() == SignatureProvider::kId ? static_cast<SignatureProvider*>(this)
                                                             : nullptr;
    }

    HttpExchange* send(Slice requestJson, const DocumentView* documents,
                       std::uint32_t count) noexcept override {
        return make<SendExchange>(host(), service_, requestJson, documents, count);
    }
    HttpExchange* status(Slice sentJson) noexcept override {
        return make<StatusExchange>(host(), service_, sentJson);
    }
    HttpExchange* fetch(Slice sentJson) noexcept override {
        return make<FetchExchange>(host(), service_, sentJson);
    }
    HttpExchange* cancel(Slice sentJson, Slice reason) noexcept override {
        return make<CancelExchange>(host(), service_, sentJson, reason);
    }
    HttpExchange* health() noexcept override { return make<HealthExchange>(host(), service_); }

    void readEvent(Slice headers, Slice body, Outcome& outcome) noexcept override {
        sdk::guarded(outcome, [&] {
            HttpResponse message;  // for its reader of headers
            message.headers = headers;
            std::string_view given = sdk::headerOf(message, "signature").value_or("");
            auto* const secrets = host().service<SecretsService>();
            unsigned char expected[32];
            if (given.substr(0, kSignaturePrefix.size()) != kSignaturePrefix || secrets == nullptr ||
                webhookSecret_ == SecretsService::kNone ||
                !secrets->hmacSha256(webhookSecret_, body, expected) ||
                !isSame(given.substr(kSignaturePrefix.size()), expected))
                return sdk::reject(outcome, Reason::Unauthorized, "its signature is not the service's");
            const auto event = sdk::JsonValue::parse(body.view());
            if (!event || (*event)["event_id"].text().empty())
                return sdk::reject(outcome, Reason::BadAnswer, "it is signed, and no event");
            outcome.fact("event_id", Slice(sdk::JsonValue((*event)["event_id"].text()).dump()));
            outcome.fact("remote_id", Slice((*event)["request_id"].dump()));
            outcome.done();
        });
    }

private:
    std::shared_ptr<Service> service_;
    std::uint32_t webhookSecret_ = SecretsService::kNone;
};

Instance* createSignRest(Host& host) noexcept {
    return SignRest::create(host);
}

}  // namespace
}  // namespace greffe::sign_rest

#ifdef GREFFE_SIGN_REST_WITHOUT_LOOKING
#define GREFFE_SIGN_REST_ID "sign-plain"
#define GREFFE_SIGN_REST_FINDS "false"
#else
#define GREFFE_SIGN_REST_ID "sign-rest"
#define GREFFE_SIGN_REST_FINDS "true"
#endif

GREFFE_EXPORT_PLUGIN(
    GREFFE_SIGN_REST_ID, "0.1.0", "Signatures by a service that speaks the sign-rest protocol", "providers",
    "0.1", "signature-provider/1",
    R"({"type":"object","additionalProperties":false,"required":["url","api_key"],)"
    R"("signature":{"levels":["simple","advanced","qualified"],"authentication":["none","email","sms"],)"
    R"("order":true,"placement":true,"decline":true,"cancel":true,"proof":true,"links":true,"reminders":true,)"
    R"("webhooks":true,"finds_requests":)" GREFFE_SIGN_REST_FINDS R"(,"max_signers":100,"max_documents":50},)"
    R"("properties":{)"
    R"("url":{"type":"string","format":"uri","description":"Where the service's requests/ lie"},)"
    R"("api_key":{"type":"string","format":"secret","description":"The service's key for this house"},)"
    R"("webhook_secret":{"type":"string","format":"secret",)"
    R"("description":"Signs the service's webhooks; without it none is believed"},)"
    R"("max_document_mebibytes":{"type":"integer","minimum":1,"maximum":64,"default":32,)"
    R"("description":"Largest document that goes there or comes back"},)"
    R"("timeout_seconds":{"type":"integer","minimum":1,"maximum":120,"default":30,)"
    R"("description":"How long one answer may take"}}})",
    ::greffe::sign_rest::createSignRest);
