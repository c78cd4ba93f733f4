// SPDX-License-Identifier: Apache-2.0
#include "webhook_exchange.h"

#include <greffe/capability/notifier.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace greffe::webhook {
namespace {

constexpr std::string_view kTokenMark = "{{token}}";

bool isHeaderName(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

bool isHeaderValue(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    });
}

// Headers that are ours or the wire's to write.
bool isReserved(std::string_view name) {
    constexpr std::array<std::string_view, 9> kReserved = {
        "host",         "content-length",    "content-type",
        "connection",   "transfer-encoding", "idempotency-key",
        "greffe-event", "greffe-signature",  "accept"};
    std::string lower(name);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return std::find(kReserved.begin(), kReserved.end(), lower) != kReserved.end();
}

class NotifyWebhook final : public sdk::InstanceBase<NotifyWebhook>, public EventNotifier {
public:
    using InstanceBase::InstanceBase;
    ~NotifyWebhook() = default;

    bool configure(Slice optionsJson, Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            const nlohmann::json options = nlohmann::json::parse(optionsJson.view());
            const auto receiver = std::make_shared<Receiver>();
            receiver->url = options.value("url", std::string());
            receiver->timeoutMs = options.value("timeout_seconds", 30U) * 1000;
            const nlohmann::json headers = options.value("headers", nlohmann::json::object());
            for (const auto& [name, value] : headers.items()) {
                if (!value.is_string()) {
                    problems.error("headers",
                                   std::string_view("the value of \"" + name + "\" is not a text"));
                    return false;
                }
                receiver->headers.emplace_back(name, value.get<std::string>());
            }
            receiver_ = receiver;
            return true;
        });
    }

    bool validate(Problems& problems) noexcept override {
        return sdk::guarded(problems, [&] {
            if (!receiver_) return false;
            const std::string& url = receiver_->url;
            bool isUsable = url.rfind("https://", 0) == 0 || url.rfind("http://", 0) == 0;
            if (!isUsable) problems.error("url", "the receiver's address begins with https:// or http://");
            auto* const secrets = host().service<SecretsService>();
            if (secrets != nullptr) receiver_->secret = secrets->find("secret");
            if (receiver_->secret == SecretsService::kNone)
                problems.warning("secret",
                                 "without it the receiver cannot know that an event comes from here");
            for (auto& [name, value] : receiver_->headers)
                isUsable = checkHeader(name, value, secrets, problems) && isUsable;
            return isUsable;
        });
    }

    void* query(Slice capabilityId) noexcept override {
        return capabilityId.view() == EventNotifier::kId ? static_cast<EventNotifier*>(this) : nullptr;
    }

    HttpExchange* send(Slice key, Slice messageJson) noexcept override {
        try {
            return new WebhookExchange(host(), receiver_, std::string(key.view()),
                                       std::string(messageJson.view()));
        } catch (...) {
            return nullptr;
        }
    }

private:
    // Puts the placeholder of the option "token" where the value asks for it.
    static bool checkHeader(const std::string& name, std::string& value, SecretsService* secrets,
                            Problems& problems) {
        const auto error = [&](const std::string& text) {
            problems.error("headers", std::string_view("\"" + name + "\": " + text));
            return false;
        };
        if (!isHeaderName(name)) return error("not the name of a header");
        if (isReserved(name)) return error("this header is not yours to set");
        if (!isHeaderValue(value)) return error("a line break or control character");
        const std::size_t at = value.find(kTokenMark);
        if (at == std::string::npos) return true;
        const std::uint32_t token = secrets != nullptr ? secrets->find("token") : SecretsService::kNone;
        sdk::StringSink placeholder;
        if (token == SecretsService::kNone || !secrets->placeholder(token, placeholder))
            return error("{{token}} without the option token");
        value.replace(at, kTokenMark.size(), placeholder.text());
        return true;
    }

    std::shared_ptr<Receiver> receiver_;  // shared with exchanges in flight; not changed after validate()
};

Instance* createNotifyWebhook(Host& host) noexcept {
    return NotifyWebhook::create(host);
}

}  // namespace
}  // namespace greffe::webhook

GREFFE_EXPORT_PLUGIN(
    "notify-webhook", "0.1.0", "Events to another system, as signed HTTP requests", "providers", "0.1",
    "event-notifier/1",
    R"({"type":"object","additionalProperties":false,"required":["url"],"properties":{)"
    R"("url":{"type":"string","format":"uri","description":"Where events are posted to"},)"
    R"("secret":{"type":"string","format":"secret","description":"Signs every event: Greffe-Signature"},)"
    R"("token":{"type":"string","format":"secret","description":"Stands wherever headers say {{token}}"},)"
    R"("headers":{"type":"object","description":"More headers, such as Authorization = \"Bearer {{token}}\""},)"
    R"("timeout_seconds":{"type":"integer","minimum":1,"maximum":120,"default":30,)"
    R"("description":"How long one answer may take"}}})",
    ::greffe::webhook::createNotifyWebhook);
