// SPDX-License-Identifier: Apache-2.0
#include "webhook_exchange.h"

#include "retry_after.h"

#include <greffe/sdk/instance.h>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace greffe::webhook {
namespace {

constexpr std::uint64_t kMaxAnswerBytes = 64U << 10U;
constexpr std::size_t kMaxKeptAnswer = 500;

std::string hexOf(const unsigned char* bytes, std::size_t size) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (std::size_t i = 0; i < size; ++i) {
        hex += kDigits[bytes[i] >> 4U];
        hex += kDigits[bytes[i] & 15U];
    }
    return hex;
}

// An event's name stands in a header: "dossier.sealed", nothing else.
bool isEventName(std::string_view name) {
    return !name.empty() && name.size() <= 100 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
}

void fact(Outcome& outcome, const char* name, const nlohmann::json& value) {
    outcome.fact(name,
                 std::string_view(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
}

// Statuses that say "not now" (408 too slow, 409 and 425 too early, 429 too often).
bool isForLater(std::uint32_t status) {
    return status >= 500 || status == 408 || status == 409 || status == 425 || status == 429;
}

}  // namespace

std::int64_t WebhookExchange::nowUnix() {
    return host_.service<ClockService>()->unixMs() / 1000;
}

ExchangeStep WebhookExchange::next(const HttpResponse* response, HttpRequest& request,
                                   Outcome& outcome) noexcept {
    ExchangeStep step = ExchangeStep::Finished;
    sdk::guarded(outcome, [&] {
        if (response == nullptr)
            step = send(request, outcome);
        else
            take(*response, outcome);
    });
    return step;
}

ExchangeStep WebhookExchange::send(HttpRequest& request, Outcome& outcome) {
    nlohmann::json event = nlohmann::json::parse(message_);
    const std::string name = event.value("event", std::string("notification"));
    if (!isEventName(name)) {
        sdk::reject(outcome, Reason::InvalidOptions,
                    "the event's name may hold a-z, 0-9, '.', '_' and '-' only");
        return ExchangeStep::Finished;
    }
    event["event"] = name;
    event["id"] = key_;
    const std::string body = event.dump();
    request.start("POST", std::string_view(receiver_->url));
    request.header("Accept", "application/json, */*;q=0.1");
    request.header("Idempotency-Key", std::string_view(key_));
    request.header("Greffe-Event", std::string_view(name));
    if (receiver_->secret != SecretsService::kNone) {
        // The time is part of what is signed: a request that was listened to cannot be played again later.
        const std::string time = std::to_string(nowUnix());
        unsigned char mac[32] = {};
        auto* const secrets = host_.service<SecretsService>();
        if (secrets == nullptr ||
            !secrets->hmacSha256(receiver_->secret, std::string_view(time + "." + body), mac)) {
            sdk::reject(outcome, Reason::ConfigurationError,
                        "the host cannot use the secret of the option secret");
            return ExchangeStep::Finished;
        }
        request.header("Greffe-Signature", std::string_view("t=" + time + ",v1=" + hexOf(mac, sizeof mac)));
    }
    for (const auto& [header, value] : receiver_->headers)
        request.header(std::string_view(header), std::string_view(value));
    request.body("application/json", std::string_view(body));
    request.limits(receiver_->timeoutMs, kMaxAnswerBytes);
    return ExchangeStep::Send;
}

void WebhookExchange::take(const HttpResponse& response, Outcome& outcome) {
    const std::string why(response.faultText.view());
    switch (response.fault) {
        case HttpFault::None: return takeStatus(response, outcome);
        case HttpFault::NotSent:
            return sdk::retry(outcome, Reason::ProviderUnavailable, "the receiver was not reached: " + why);
        // It has an Idempotency-Key: whether to send again is the pipeline's choice (on_unknown).
        case HttpFault::Unknown: return outcome.uncertain(std::string_view("no whole answer came: " + why));
        case HttpFault::AnswerTooLarge:
            return outcome.uncertain(std::string_view("the answer is larger than 64 KiB"));
    }
    sdk::reject(outcome, Reason::PluginFault, "a fault that this plugin does not know");
}

void WebhookExchange::takeStatus(const HttpResponse& response, Outcome& outcome) {
    const std::uint32_t status = response.status;
    const std::string text = "HTTP status " + std::to_string(status);
    if (isForLater(status)) {
        const Reason reason = status == 429   ? Reason::RateLimited
                              : status == 503 ? Reason::ProviderUnavailable
                                              : Reason::ProviderError;
        return sdk::retry(outcome, reason, text, retryAfterSeconds(response.headers, nowUnix()));
    }
    if (status >= 300 && status < 400)
        return sdk::reject(outcome, Reason::ConfigurationError,
                           text + ": redirections are not followed, set the final url");
    if (status == 401 || status == 403) return sdk::reject(outcome, Reason::Unauthorized, text);
    if (status < 200 || status >= 400)
        return sdk::reject(outcome, Reason::ProviderError,
                           text + ": the receiver refuses this event for good");
    fact(outcome, "recipients",
         nlohmann::json::array(
             {{{"address", receiver_->url}, {"state", "sent"}, {"code", status}, {"text", ""}}}));
    fact(outcome, "answers",
         nlohmann::json::array({{{"phase", "post"},
                                 {"code", status},
                                 {"text", std::string(response.body.view().substr(0, kMaxKeptAnswer))},
                                 {"at_unix_ms", host_.service<ClockService>()->unixMs()}}}));
    outcome.done();
}

}  // namespace greffe::webhook
