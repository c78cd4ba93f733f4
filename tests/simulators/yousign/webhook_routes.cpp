// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/webhook_routes.h"

#include <algorithm>

namespace greffe::simulators {
namespace {

using Need = Parameters::Need;

const std::vector<std::string>& webhookScopes() {
    static const std::vector<std::string> scopes = {"*", "app", "public_api", "connector_zapier_api"};
    return scopes;
}

// Those of signature requests and signers; other families are taken by their first word, as nothing here
// sends them.
bool isWebhookEvent(const std::string& name) {
    static const std::vector<std::string> known = {"*",
                                                   "signature_request.activated",
                                                   "signature_request.approved",
                                                   "signature_request.rejected",
                                                   "signature_request.declined",
                                                   "signature_request.canceled",
                                                   "signature_request.done",
                                                   "signature_request.expired",
                                                   "signature_request.reactivated",
                                                   "signature_request.deleted",
                                                   "signature_request.permanently_deleted",
                                                   "signature_request.paused",
                                                   "signature_request.resumed",
                                                   "signature_request.reminder_executed",
                                                   "signature_request.automatic_reminder_executed",
                                                   "signer.notified",
                                                   "signer.link_opened",
                                                   "signer.done",
                                                   "signer.declined",
                                                   "signer.error",
                                                   "signer.identification_failed",
                                                   "signer.identification_succeeded",
                                                   "signer.identification_blocked",
                                                   "signer.identification_expired",
                                                   "signer.identity_saved",
                                                   "signer.sender_contacted",
                                                   "signer.notification_delivery_failed",
                                                   "contact.created",
                                                   "user.completed",
                                                   "document_analysis.done"};
    if (std::find(known.begin(), known.end(), name) != known.end()) return true;
    for (const char* family : {"approver.", "electronic_seal.", "verification.", "workflow_", "applicant."})
        if (name.rfind(family, 0) == 0) return true;
    return false;
}

std::vector<std::string> textsOf(Parameters& parameters, const std::string& key, Need need) {
    std::vector<std::string> texts;
    for (const Json& each : parameters.array(key, need))
        if (each.is_string())
            texts.push_back(each.get<std::string>());
        else
            parameters.complain(key, "This value should hold strings.");
    return texts;
}

std::string generatedSecret() {
    std::string secret = newUuid() + newUuid();
    secret.erase(std::remove(secret.begin(), secret.end(), '-'), secret.end());
    return secret.substr(0, 32);
}

}  // namespace

void WebhookRoutes::addTo(RouteTable& routes) {
    routes.add("create_webhook", "POST", "/v3/webhooks", [this](const HttpCall& call) {
        return account_.withBody(call, [&](const Json& body) { return create(body); });
    });
    routes.add("list_webhooks", "GET", "/v3/webhooks", [this](const HttpCall&) {
        Json all = Json::array();
        for (const Subscription& each : account_.subscriptions)
            all.push_back(account_.shown.subscription(each));
        return jsonAnswer(200, all);
    });
    routes.add("get_webhook", "GET", "/v3/webhooks/{webhook}", [this](const HttpCall& call) {
        return withSubscription(
            call, [&](Subscription& found) { return jsonAnswer(200, account_.shown.subscription(found)); });
    });
    routes.add("change_webhook", "PATCH", "/v3/webhooks/{webhook}", [this](const HttpCall& call) {
        return withSubscription(call, [&](Subscription& found) {
            return account_.withBody(call, [&](const Json& body) { return change(found, body); });
        });
    });
    routes.add("delete_webhook", "DELETE", "/v3/webhooks/{webhook}", [this](const HttpCall& call) {
        return withSubscription(call, [&](Subscription& found) {
            account_.subscriptions.remove_if([&](const Subscription& each) { return &each == &found; });
            HttpAnswer answer;
            answer.status = 204;
            return answer;
        });
    });
}

HttpAnswer WebhookRoutes::withSubscription(const HttpCall& call,
                                           const std::function<HttpAnswer(Subscription&)>& act) {
    for (Subscription& each : account_.subscriptions)
        if (each.id == call.parameters.at("webhook")) return act(each);
    return account_.refusals.notFound("Webhook subscription");
}

void WebhookRoutes::readInto(Subscription& subscription, Parameters& parameters) {
    subscription.endpoint = parameters.uri("endpoint", 1024);
    const bool isHttps = subscription.endpoint.rfind("https://", 0) == 0;
    const bool isHttp = subscription.endpoint.rfind("http://", 0) == 0;
    if (!isHttps && (!isHttp || account_.settings.needsHttpsEndpoints))
        parameters.complain("endpoint", "This value is not a valid URL.");
    const std::string description = parameters.safeText("description", Need::Optional, 128);
    subscription.description = description.empty() ? Json() : Json(description);
    subscription.isForSandbox = parameters.flag("sandbox", Need::Required);
    subscription.retries = parameters.flag("auto_retry", Need::Required);
    subscription.isEnabled = parameters.flag("enabled", Need::Required);
    subscription.events = textsOf(parameters, "subscribed_events", Need::Required);
    for (const std::string& each : subscription.events)
        if (!isWebhookEvent(each))
            parameters.complain("subscribed_events", "There is no event " + each + ".");
    subscription.scopes = textsOf(parameters, "scopes", Need::Required);
    for (const std::string& each : subscription.scopes)
        if (std::find(webhookScopes().begin(), webhookScopes().end(), each) == webhookScopes().end())
            parameters.complain("scopes", "There is no scope " + each + ".");
    subscription.workspaces =
        parameters.has("workspaces") ? parameters.array("workspaces") : Json::array({"*"});
    if (subscription.isForSandbox && subscription.workspaces != Json::array({"*"}))
        parameters.complain("workspaces", "In the sandbox this value is [\"*\"].");
    const std::string secret = parameters.text("secret_key", Need::Optional, 32, 32);
    if (!secret.empty()) subscription.secret = secret;
    if (account_.settings.refusesUnknownParameters) parameters.refuseOthers();
}

HttpAnswer WebhookRoutes::create(const Json& body) {
    Subscription subscription;
    subscription.id = newUuid();
    subscription.secret = generatedSecret();
    subscription.createdAt = subscription.updatedAt = account_.clock.now();
    std::vector<InvalidParameter> problems;
    Parameters parameters(body, problems);
    if (!body.contains("description")) parameters.complain("description", "This field is missing.");
    readInto(subscription, parameters);
    if (!problems.empty()) return account_.refusals.parameters(problems);
    account_.subscriptions.push_back(std::move(subscription));
    return jsonAnswer(201, account_.shown.subscription(account_.subscriptions.back()));
}

HttpAnswer WebhookRoutes::change(Subscription& subscription, const Json& body) {
    Json whole = account_.shown.subscription(subscription);
    for (const char* fixed : {"id", "created_at", "updated_at"})
        whole.erase(fixed);
    whole.merge_patch(body);
    Subscription changed = subscription;
    std::vector<InvalidParameter> problems;
    Parameters parameters(whole, problems);
    readInto(changed, parameters);
    if (!problems.empty()) return account_.refusals.parameters(problems);
    changed.updatedAt = account_.clock.now();
    subscription = std::move(changed);
    return jsonAnswer(200, account_.shown.subscription(subscription));
}

}  // namespace greffe::simulators
