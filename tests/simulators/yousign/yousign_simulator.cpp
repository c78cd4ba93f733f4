// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/yousign_simulator.h"

#include <algorithm>

namespace greffe::simulators {
namespace {

using namespace std::chrono_literals;

// Each after the previous attempt (sheet, 1.10).
std::vector<std::chrono::milliseconds> yousignRetries() {
    return {2min, 6min, 30min, 60min, 300min, 1080min, 1440min, 2880min};
}

}  // namespace

YousignSimulator::~YousignSimulator() {
    stop();
}

Result<StatefulSimulator::Plan> YousignSimulator::setUp(SettingsReader& options) {
    settings_ = readYousignSettings(options);
    parts_ = std::make_unique<Parts>(settings_, clock(), webhooks(), linkOrigin_);
    parts_->requests.addTo(routes_);
    parts_->documents.addTo(routes_);
    parts_->signers.addTo(routes_);
    parts_->webhooks.addTo(routes_);
    parts_->player.addTo(routes_);
    parts_->player.addOperations(
        [this](const std::string& name, const std::string& help, Operation operation) {
            addOperation(name, help, std::move(operation));
        });
    Plan plan;
    plan.limits = {{60s, settings_.callsPerMinute}, {3600s, settings_.callsPerHour}};
    plan.webhooks = {settings_.firstTimeout, settings_.retryTimeout, yousignRetries(), 2,
                     settings_.webhookAuthorityFile};
    return plan;
}

Json YousignSimulator::ready(const std::string& url) {
    linkOrigin_ = url;
    return {{"url", url + "/v3"}, {"api_key", settings_.apiKey}, {"read_only_key", settings_.readOnlyKey}};
}

std::optional<HttpAnswer> YousignSimulator::refuse(const HttpCall& call, const RouteTable::Route&) {
    const std::string given = call.header("authorization");
    if (given == "Bearer " + settings_.apiKey) return std::nullopt;
    if (given != "Bearer " + settings_.readOnlyKey) return errorAnswer(401);
    if (call.question.method == "GET") return std::nullopt;
    return errorAnswer(403);
}

HttpAnswer YousignSimulator::errorAnswer(int status) const {
    return parts_->account.refusals.plain(status);
}

void YousignSimulator::addHeaders(HttpAnswer& answer, const RateLimit::Verdict& verdict) const {
    if (settings_.callsPerMinute == 0 && settings_.callsPerHour == 0) return;
    const auto& tightest = verdict.windows[verdict.tightest];
    const auto& minute = verdict.windows[0];
    const auto& hour = verdict.windows[1];
    answer.headers["RateLimit-Limit"] = std::to_string(tightest.limit);
    answer.headers["RateLimit-Remaining"] = std::to_string(tightest.remaining);
    answer.headers["RateLimit-Reset"] = std::to_string(tightest.resetIn.count());
    answer.headers["X-RateLimit-Limit-Minute"] = std::to_string(minute.limit);
    answer.headers["X-RateLimit-Limit-Hour"] = std::to_string(hour.limit);
    answer.headers["X-RateLimit-Remaining-Minute"] = std::to_string(minute.remaining);
    answer.headers["X-RateLimit-Remaining-Hour"] = std::to_string(hour.remaining);
}

void YousignSimulator::passTime() {
    for (SignatureRequest& each : parts_->account.requests)
        parts_->account.life.passTime(each);
}

Json YousignSimulator::state() const {
    Json requests = Json::array();
    for (const SignatureRequest& each : parts_->account.requests) {
        Json shown = parts_->account.shown.request(each);
        shown["cancellation"] = each.cancellation;
        shown["signers"] = Json::array();
        for (const Signer& signer : each.signers) {
            Json person = parts_->account.shown.signer(each, signer);
            person["code"] = signer.code;
            person["wrong_codes"] = signer.wrongCodes;
            person["reminders"] = signer.reminders;
            shown["signers"].push_back(person);
        }
        requests.push_back(shown);
    }
    Json subscriptions = Json::array();
    for (const Subscription& each : parts_->account.subscriptions)
        subscriptions.push_back(parts_->account.shown.subscription(each));
    return {{"signature_requests", requests}, {"webhooks", subscriptions}};
}

void YousignSimulator::forget() {
    parts_->account.requests.clear();
    parts_->account.subscriptions.clear();
}

}  // namespace greffe::simulators
