// SPDX-License-Identifier: Apache-2.0
#include "simulators/signing/signing_simulator.h"

#include "base/sha256.h"
#include "simulators/webhooks/hmac.h"

#include <Poco/Base64Decoder.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace greffe::simulators {
namespace {

using namespace std::chrono_literals;

std::string decoded(const std::string& text) {
    std::istringstream in(text);
    Poco::Base64Decoder decoder(in);
    return {std::istreambuf_iterator<char>(decoder), {}};
}

// What signing left in the file: a comment behind its end, which every reader passes over.
std::string signedBytes(const std::string& bytes, const std::string& request) {
    return bytes + fmt::format("\n% signed in {}\n", request);
}

std::string proofOf(const std::string& request) {
    return fmt::format("%PDF-1.4\n% proof of {}\n%%EOF\n", request);
}

HttpAnswer pdfAnswer(std::string bytes) {
    HttpAnswer answer;
    answer.contentType = "application/pdf";
    answer.body = std::move(bytes);
    return answer;
}

}  // namespace

SigningSimulator::~SigningSimulator() {
    stop();
}

Result<StatefulSimulator::Plan> SigningSimulator::setUp(SettingsReader& options) {
    key_ = options.text("api_key", "simulated-signing-key");
    secret_ = options.text("webhook_secret", "simulated-signing-secret");
    webhookUrl_ = options.text("webhook_url", "");
    isDeduplicating_ = options.flag("deduplicates", true);
    signsAfterMs_ = options.number("signs_after_ms", -1, -1);
    const int perMinute = static_cast<int>(options.number("calls_per_minute", 0));
    const auto route = [&](const char* name, const char* method, const char* path,
                           HttpAnswer (SigningSimulator::*work)(const HttpCall&)) {
        routes_.add(name, method, path, [this, work](const HttpCall& call) { return (this->*work)(call); });
    };
    route("create", "POST", "/requests", &SigningSimulator::create);
    routes_.add("list", "GET", "/requests", [this](const HttpCall& call) { return list(call); });
    routes_.add("account", "GET", "/account", [](const HttpCall&) {
        return jsonAnswer(200, {{"name", "Greffe"}});
    });
    routes_.add("status", "GET", "/requests/{request}", [this](const HttpCall& call) {
        return onRequest(call, [this](Request& request) { return jsonAnswer(200, shown(request)); });
    });
    routes_.add("document", "GET", "/requests/{request}/documents/{number}", [this](const HttpCall& call) {
        return onRequest(call, [&](Request& r) { return document(r, call.parameters.at("number")); });
    });
    routes_.add("proof", "GET", "/requests/{request}/proof", [this](const HttpCall& call) {
        return onRequest(call, [this](Request& request) {
            return request.status == "signed" ? pdfAnswer(proofOf(request.id))
                                              : error(409, "not_signed", "Not everybody has signed.");
        });
    });
    routes_.add("cancel", "POST", "/requests/{request}/cancel", [this](const HttpCall& call) {
        return onRequest(call, [&](Request& request) { return cancel(request, call); });
    });
    addOperations();
    Plan plan;
    plan.limits = {{60s, perMinute}};
    plan.webhooks.firstTimeout = 5s;
    plan.webhooks.retryDelays = {1min, 5min, 30min};
    return plan;
}

Json SigningSimulator::ready(const std::string& url) {
    return {{"url", url}, {"api_key", key_}, {"webhook_secret", secret_}};
}

std::optional<HttpAnswer> SigningSimulator::refuse(const HttpCall& call, const RouteTable::Route&) {
    if (call.header("authorization") == "Bearer " + key_) return std::nullopt;
    return errorAnswer(401);
}

HttpAnswer SigningSimulator::error(int status, const std::string& code, const std::string& text,
                                   const std::string& field) const {
    Json body = {{"code", code}, {"message", text}};
    if (!field.empty()) body["field"] = field;
    return jsonAnswer(status, {{"error", body}});
}

HttpAnswer SigningSimulator::errorAnswer(int status) const {
    switch (status) {
        case 401: return error(401, "unauthorized", "Who asks is not known.");
        case 404: return error(404, "not_found", "There is nothing here.");
        case 405: return error(405, "method_not_allowed", "Not with this method.");
        case 429: return error(429, "rate_limited", "Too many calls.");
        default: return error(status, "internal", "Something went wrong.");
    }
}

Json SigningSimulator::shown(const Request& request) const {
    Json signers = Json::array();
    for (const Signer& each : request.signers) {
        Json signer = {{"id", each.id},
                       {"external_id", each.externalId},
                       {"status", each.status},
                       {"link", "http://127.0.0.1/sign/" + each.id}};
        if (each.signedUnix != 0) signer["signed_unix"] = each.signedUnix;
        if (!each.reason.empty()) signer["reason"] = each.reason;
        signers.push_back(std::move(signer));
    }
    Json shown = {{"id", request.id},
                  {"external_id", request.externalId},
                  {"name", request.name},
                  {"status", request.status},
                  {"signers", std::move(signers)}};
    if (!request.reason.empty()) shown["reason"] = request.reason;
    return shown;
}

SigningSimulator::Request* SigningSimulator::find(const std::string& id) {
    const auto found = byId_.find(id);
    return found == byId_.end() ? nullptr : found->second;
}

HttpAnswer SigningSimulator::create(const HttpCall& call) {
    const auto body = parseJson(call.question.body);
    if (!body || !body->is_object()) return error(400, "malformed", "The body is not a JSON object.");
    Request request;
    request.externalId = textOf(*body, "external_id");
    request.name = textOf(*body, "name");
    if (request.externalId.empty()) return error(422, "missing", "It is needed.", "external_id");
    if (isDeduplicating_ && byExternalId_.count(request.externalId) != 0)
        return error(409, "exists", "There is a request of this external_id.", "external_id");
    for (const Json& document : memberOf(*body, "documents")) {
        std::string bytes = decoded(textOf(document, "content"));
        if (toHex(sha256(bytes)) != textOf(document, "sha256"))
            return error(422, "digest", "The bytes are not those of the digest.", "documents");
        request.documents.push_back(std::move(bytes));
    }
    if (request.documents.empty()) return error(422, "missing", "Nothing to sign.", "documents");
    const auto number = ++lastId_;
    request.id = fmt::format("req-{:06}", number);
    for (const Json& each : memberOf(*body, "signers")) {
        Signer signer;
        signer.id = fmt::format("sgn-{:06}-{}", number, request.signers.size() + 1);
        signer.externalId = textOf(each, "id");
        signer.email = textOf(each, "email");
        if (signer.email.find('@') == std::string::npos)
            return error(422, "invalid", "No e-mail address.", "signers");
        request.signers.push_back(std::move(signer));
    }
    if (request.signers.empty()) return error(422, "missing", "Nobody to sign.", "signers");
    if (signsAfterMs_ >= 0) request.signsAt = clock().now() + std::chrono::milliseconds(signsAfterMs_);
    requests_.push_back(std::move(request));
    Request& kept = requests_.back();
    byId_[kept.id] = &kept;
    ++byExternalId_[kept.externalId];
    if (kept.signsAt) toSign_.push_back(&kept);
    post(kept, "request.created");
    return jsonAnswer(201, shown(kept));
}

HttpAnswer SigningSimulator::list(const HttpCall& call) const {
    const std::string wanted = call.queryValue("external_id");
    Json found = Json::array();
    for (const Request& request : requests_)
        if (wanted.empty() || request.externalId == wanted) found.push_back(shown(request));
    return jsonAnswer(200, {{"requests", std::move(found)}});
}

HttpAnswer SigningSimulator::onRequest(const HttpCall& call,
                                       const std::function<HttpAnswer(Request&)>& work) {
    Request* const request = find(call.parameters.at("request"));
    return request == nullptr ? errorAnswer(404) : work(*request);
}

HttpAnswer SigningSimulator::document(const Request& request, const std::string& number) const {
    std::size_t index = 0;
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), index);
    if (problem != std::errc() || end != number.data() + number.size() || index >= request.documents.size())
        return errorAnswer(404);
    if (request.status != "signed") return error(409, "not_signed", "Not everybody has signed.");
    return pdfAnswer(signedBytes(request.documents[index], request.id));
}

HttpAnswer SigningSimulator::cancel(Request& request, const HttpCall& call) {
    if (request.status != "waiting") return error(409, "has_ended", "It has ended: " + request.status + ".");
    const auto body = parseJson(call.question.body);
    request.reason = body ? textOf(*body, "reason") : "";
    settle(request, "cancelled");
    return jsonAnswer(200, shown(request));
}

void SigningSimulator::settle(Request& request, const std::string& status) {
    request.status = status;
    post(request, "request." + status);
}

Result<Json> SigningSimulator::sign(Request& request, const std::string& email, bool refuses,
                                    const std::string& reason) {
    if (request.status != "waiting") return makeError(Errc::Invalid, request.id + " has ended");
    bool isSomebody = false;
    for (Signer& signer : request.signers) {
        if (!email.empty() && signer.email != email) continue;
        isSomebody = true;
        if (signer.status == "signed") continue;
        signer.status = refuses ? "refused" : "signed";
        signer.reason = reason;
        if (!refuses) signer.signedUnix = toUnixMs(clock().now()) / 1000;
    }
    if (!isSomebody) return makeError(Errc::NotFound, email + " is no signer of " + request.id);
    if (refuses) {
        request.reason = reason;
        settle(request, "refused");
    } else if (std::all_of(request.signers.begin(), request.signers.end(),
                           [](const Signer& signer) { return signer.status == "signed"; })) {
        settle(request, "signed");
    } else {
        post(request, "signer.signed");
    }
    return shown(request);
}

void SigningSimulator::passTime() {
    while (!toSign_.empty() && *toSign_.front()->signsAt <= clock().now()) {
        Request& request = *toSign_.front();
        toSign_.pop_front();
        if (request.status == "waiting") static_cast<void>(sign(request, "", false, ""));
    }
}

void SigningSimulator::addOperations() {
    const auto act = [this](bool refuses) {
        return [this, refuses](const Json& arguments) -> Result<Json> {
            const std::string wanted = textOf(arguments, "request");
            Request* const request = !wanted.empty()     ? find(wanted)
                                     : requests_.empty() ? nullptr
                                                         : &requests_.back();
            if (request == nullptr) return makeError(Errc::NotFound, "no such request");
            return sign(*request, textOf(arguments, "signer"), refuses, textOf(arguments, "reason"));
        };
    };
    addOperation("sign", "somebody signs: signer (a mail address; everybody), request (the latest)",
                 act(false));
    addOperation("refuse", "a signer says no: signer, reason, request (the latest)", act(true));
    const auto end = [this](const char* status) {
        return [this, status](const Json& arguments) -> Result<Json> {
            const std::string wanted = textOf(arguments, "request");
            Request* const request = !wanted.empty()     ? find(wanted)
                                     : requests_.empty() ? nullptr
                                                         : &requests_.back();
            if (request == nullptr || request->status != "waiting")
                return makeError(Errc::NotFound, "no such request that waits");
            request->reason = textOf(arguments, "reason");
            settle(*request, status);
            return shown(*request);
        };
    };
    addOperation("take_back", "somebody takes a request back at the service: reason, request (the latest)",
                 end("cancelled"));
    addOperation("expire", "a request's days are over: request (the latest)", end("expired"));
    addOperation("subscribe", "where webhooks go from now on: url",
                 [this](const Json& arguments) -> Result<Json> {
                     webhookUrl_ = textOf(arguments, "url");
                     return Json{{"url", webhookUrl_}};
                 });
    addOperation("summary", "its requests in few words, and those that there are twice",
                 [this](const Json&) -> Result<Json> {
                     Json requests = Json::array();
                     for (const Request& each : requests_)
                         requests.push_back({{"id", each.id}, {"external_id", each.externalId}});
                     return Json{{"requests", std::move(requests)}, {"doubled", doubled()}};
                 });
    addOperation("lose", "the service forgets a request: request (the latest)",
                 [this](const Json& arguments) -> Result<Json> {
                     const std::string wanted = textOf(arguments, "request");
                     const std::string id =
                         !wanted.empty() || requests_.empty() ? wanted : requests_.back().id;
                     Request* const request = find(id);
                     if (request == nullptr) return makeError(Errc::NotFound, "no such request");
                     byExternalId_.erase(request->externalId);
                     toSign_.remove(request);
                     byId_.erase(id);
                     requests_.remove_if([&](const Request& each) { return each.id == id; });
                     return Json{{"lost", id}};
                 });
}

void SigningSimulator::post(const Request& request, const std::string& event) {
    if (webhookUrl_.empty()) return;
    Webhook webhook;
    webhook.id = fmt::format("evt-{:06}", ++lastEvent_);
    webhook.event = event;
    webhook.url = webhookUrl_;
    webhook.body = [body = Json{{"event_id", webhook.id}, {"event", event}, {"request_id", request.id}}](
                       WallTime eventTime) mutable {
        body["time_unix"] = toUnixMs(eventTime) / 1000;
        return dumpJson(body);
    };
    webhook.headers = [secret = secret_](const WebhookAttempt& attempt) {
        std::map<std::string, std::string> headers;
        if (!attempt.isUnsigned)
            headers["Signature"] =
                "sha256=" + hmacSha256Hex(attempt.isForged ? "a key that nobody has" : secret, attempt.body);
        return headers;
    };
    webhooks().post(std::move(webhook));
}

Json SigningSimulator::doubled() const {
    Json doubled = Json::array();
    for (const auto& [externalId, count] : byExternalId_)
        if (count > 1) doubled.push_back({{"external_id", externalId}, {"requests", count}});
    return doubled;
}

Json SigningSimulator::state() const {
    Json requests = Json::array();
    for (const Request& request : requests_)
        requests.push_back(shown(request));
    return {{"requests", std::move(requests)}, {"doubled", doubled()}};
}

void SigningSimulator::forget() {
    toSign_.clear();
    byId_.clear();
    byExternalId_.clear();
    requests_.clear();
}

}  // namespace greffe::simulators
