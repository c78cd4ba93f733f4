// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/account.h"

#include "simulators/webhooks/hmac.h"
#include "simulators/webhooks/webhook_sender.h"

#include <algorithm>
#include <chrono>

namespace greffe::simulators {
namespace {

using namespace std::chrono_literals;

std::chrono::sys_days lastSundayOf(std::chrono::year year, std::chrono::month month) {
    return std::chrono::sys_days(year / month / std::chrono::Sunday[std::chrono::last]);
}

// The rule of the European Union (directive 2000/84/EC) for places one hour ahead of UTC in winter.
bool isCentralEurope(const std::string& timezone) {
    for (const char* place : {"Paris", "Brussels", "Berlin", "Madrid", "Rome", "Amsterdam", "Luxembourg"})
        if (timezone == std::string("Europe/") + place) return true;
    return false;
}

bool wants(const Subscription& subscription, const std::string& event, bool isSandbox) {
    const auto& events = subscription.events;
    const auto& scopes = subscription.scopes;
    return subscription.isEnabled && subscription.isForSandbox == isSandbox &&
           (std::count(events.begin(), events.end(), "*") + std::count(events.begin(), events.end(), event) >
            0) &&
           (std::count(scopes.begin(), scopes.end(), "*") +
                std::count(scopes.begin(), scopes.end(), "public_api") >
            0);
}

std::string issuedAt(const std::string& format, WallTime time) {
    if (format == "rfc3339") return rfc3339(time, "+00:00");
    return std::to_string(format == "unix_ms" ? toUnixMs(time) : toUnixMs(time) / 1000);
}

}  // namespace

YousignAccount::YousignAccount(const YousignSettings& options, const SimulatedClock& time,
                               WebhookSender& sender, const std::string& linkOrigin)
    : settings(options),
      clock(time),
      refusals(options),
      shown(options, linkOrigin),
      life(options, time,
           [this](const std::string& event, const SignatureRequest& request, const Signer* signer) {
               emit(event, request, signer);
           }),
      sender_(sender) {}

SignatureRequest* YousignAccount::request(const std::string& id) {
    for (SignatureRequest& each : requests)
        if (each.id == id) return &each;
    return nullptr;
}

Signer* YousignAccount::signer(SignatureRequest& request, const std::string& id) {
    for (Signer& each : request.signers)
        if (each.id == id) return &each;
    return nullptr;
}

SignedDocument* YousignAccount::document(SignatureRequest& request, const std::string& id) {
    for (SignedDocument& each : request.documents)
        if (each.id == id) return &each;
    return nullptr;
}

void YousignAccount::emit(const std::string& event, const SignatureRequest& request, const Signer* signer) {
    const Json data = shown.eventData(event, request, signer);
    for (const Subscription& each : subscriptions) {
        if (!wants(each, event, settings.isSandbox)) continue;
        Webhook webhook;
        webhook.id = newUuid();
        webhook.event = event;
        webhook.url = each.endpoint;
        webhook.retries = each.retries ? Webhook::Retries::All : Webhook::Retries::OneAfterTimeout;
        Json envelope = {{"event_id", webhook.id},        {"event_name", event},
                         {"subscription_id", each.id},    {"subscription_description", each.description},
                         {"sandbox", settings.isSandbox}, {"data", data}};
        webhook.body = [envelope](WallTime eventTime) mutable {
            envelope["event_time"] = std::to_string(toUnixMs(eventTime) / 1000);
            return dumpJson(envelope);
        };
        webhook.headers = [secret = each.secret, format = settings.issuedAt,
                           prefix = settings.prefixesSignature](const WebhookAttempt& attempt) {
            std::map<std::string, std::string> headers = {
                {"User-Agent", "Yousign Webhook Bot"},
                {"X-Yousign-Retry", std::to_string(attempt.number)},
                {"X-Yousign-Issued-At", issuedAt(format, attempt.sentAt)}};
            if (!attempt.isUnsigned)
                headers["X-Yousign-Signature-256"] =
                    (prefix ? "sha256=" : "") +
                    hmacSha256Hex(attempt.isForged ? "a key that nobody has" : secret, attempt.body);
            return headers;
        };
        sender_.post(std::move(webhook));
    }
}

WallTime YousignAccount::endOfDay(const std::string& date, const std::string& timezone) {
    const std::chrono::sys_days day{std::chrono::days(dayNumber(date).value_or(0))};
    WallTime end = day + 24h - 1s;
    if (!isCentralEurope(timezone)) return end;
    const std::chrono::year year = std::chrono::year_month_day(day).year();
    const bool isSummer =
        day >= lastSundayOf(year, std::chrono::March) && day < lastSundayOf(year, std::chrono::October);
    return end - (isSummer ? 2h : 1h);
}

std::optional<Json> bodyObject(const HttpCall& call) {
    if (call.question.body.empty()) return Json::object();
    auto body = parseJson(call.question.body);
    if (!body || !body->is_object()) return std::nullopt;
    return std::move(*body);
}

}  // namespace greffe::simulators
