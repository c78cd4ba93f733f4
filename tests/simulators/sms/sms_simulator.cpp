// SPDX-License-Identifier: Apache-2.0
#include "simulators/sms/sms_simulator.h"

#include "simulators/sms/message_parts.h"
#include "simulators/webhooks/hmac.h"

#include <Poco/Base64Encoder.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <regex>
#include <sstream>

namespace greffe::simulators {
namespace {

constexpr std::int64_t kMessagesOfAPage = 100;

std::string base64Of(const std::string& text) {
    std::ostringstream out;
    Poco::Base64Encoder encoder(out);
    encoder.rdbuf()->setLineLength(0);
    encoder << text;
    encoder.close();
    return out.str();
}

std::string lowerCase(std::string text) {
    for (char& c : text)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

// STOP, alone and in any case, as every gateway reads it; START takes it back.
bool isWord(const std::string& text, const char* word) {
    const std::size_t from = text.find_first_not_of(" \t\r\n");
    const std::size_t to = text.find_last_not_of(" \t\r\n.!");
    return from != std::string::npos && to >= from && lowerCase(text.substr(from, to - from + 1)) == word;
}

}  // namespace

SmsSimulator::~SmsSimulator() {
    stop();
}

Result<StatefulSimulator::Plan> SmsSimulator::setUp(SettingsReader& options) {
    GREFFE_TRY_ASSIGN(settings_, readSmsSettings(options));
    credit_ = settings_.credit;
    routes_.add("send", "POST", settings_.path, [this](const HttpCall& call) { return send(call); });
    routes_.add("list_messages", "GET", settings_.path, [this](const HttpCall& call) { return list(call); });
    routes_.add("get_message", "GET", settings_.path + "/{message}", [this](const HttpCall& call) {
        for (const Message& each : messages_)
            if (each.id == call.parameters.at("message")) return jsonAnswer(200, shown(each));
        return errorAnswer(404);
    });
    addOperations();
    Plan plan;
    plan.limits = {{std::chrono::seconds(60), settings_.callsPerMinute}};
    using namespace std::chrono_literals;
    plan.webhooks.firstTimeout = 5s;
    plan.webhooks.retryDelays = {1min, 5min, 30min};
    return plan;
}

Json SmsSimulator::ready(const std::string& url) {
    return {{"url", url + settings_.path}, {"api_key", settings_.key}, {"callback_secret", settings_.secret}};
}

std::optional<HttpAnswer> SmsSimulator::refuse(const HttpCall& call, const RouteTable::Route&) {
    const std::string& how = settings_.authentication;
    const std::string given = call.header(how == "header" ? lowerCase(settings_.keyHeader) : "authorization");
    const std::string expected = how == "bearer" ? "Bearer " + settings_.key
                                 : how == "header"
                                     ? settings_.key
                                     : "Basic " + base64Of(settings_.username + ":" + settings_.password);
    if (given == expected) return std::nullopt;
    return errorAnswer(401);
}

HttpAnswer SmsSimulator::error(int status, const std::string& code, const std::string& text,
                               const std::string& field) const {
    Json body = {{"code", code}, {"message", text}};
    if (!field.empty()) body["field"] = theirName(field);
    return jsonAnswer(status, {{"error", body}});
}

HttpAnswer SmsSimulator::errorAnswer(int status) const {
    switch (status) {
        case 401: return error(401, "unauthorized", "Who asks is not known.");
        case 404: return error(404, "not_found", "There is nothing here.");
        case 405: return error(405, "method_not_allowed", "Not with this method.");
        case 429: return error(429, "rate_limited", "Too many calls.");
        default: return error(status, "internal", "Something went wrong.");
    }
}

std::string SmsSimulator::theirName(const std::string& ours) const {
    const auto found = settings_.names.find(ours);
    return found == settings_.names.end() ? ours : found->second;
}

Json SmsSimulator::renamed(const Json& object) const {
    Json theirs = Json::object();
    for (const auto& [key, value] : object.items())
        theirs[theirName(key)] = value;
    return theirs;
}

Json SmsSimulator::shown(const Message& message) const {
    return renamed({{"id", message.id},
                    {"to", message.to},
                    {"from", message.from},
                    {"parts", message.parts},
                    {"encoding", message.isGsm ? "gsm7" : "ucs2"},
                    {"status", message.status},
                    {"error", message.error.empty() ? Json() : Json(message.error)},
                    {"reference", message.reference.empty() ? Json() : Json(message.reference)},
                    {"sent_at", rfc3339(message.sentAt, "Z")},
                    {"status_at", rfc3339(message.statusAt, "Z")}});
}

// The same key with the same body is the same message; with another body it is a mistake.
HttpAnswer SmsSimulator::send(const HttpCall& call) {
    if (call.mediaType() != "application/json")
        return error(415, "unsupported_media_type", "The body is not application/json.");
    const auto body = parseJson(call.question.body);
    if (!body || !body->is_object()) return error(400, "malformed", "The body is not a JSON object.");
    const std::string key =
        settings_.idempotencyHeader.empty() ? "" : call.header(lowerCase(settings_.idempotencyHeader));
    if (key.empty()) return sendOnce(*body);
    const auto known = replays_.find(key);
    if (known == replays_.end()) {
        const HttpAnswer answer = sendOnce(*body);
        if (answer.status < 300) replays_[key] = {call.question.body, answer};
        return answer;
    }
    if (known->second.body != call.question.body)
        return error(409, "idempotency_conflict", "This key was used with another body.");
    HttpAnswer again = known->second.answer;
    again.headers["Idempotent-Replayed"] = "true";
    return again;
}

std::optional<HttpAnswer> SmsSimulator::refuseMessage(const Message& message) const {
    static const std::regex e164(R"(\+[1-9]\d{6,14})");
    static const std::regex senderForm(R"([A-Za-z0-9 ]{1,11}|\+?\d{3,15})");
    if (!std::regex_match(message.to, e164))
        return error(422, "invalid_number", "Not a number in international form (E.164).", "to");
    if (message.text.empty()) return error(422, "empty_text", "The text is empty.", "text");
    if (message.parts > settings_.maxParts)
        return error(422, "text_too_long", fmt::format("The text takes {} parts.", message.parts), "text");
    const auto& senders = settings_.senders;
    if (!std::regex_match(message.from, senderForm) ||
        (!senders.empty() && std::find(senders.begin(), senders.end(), message.from) == senders.end()))
        return error(422, "unknown_sender", "This sender is not registered.", "from");
    if (optedOut_.count(message.to) != 0)
        return error(403, "opted_out", "The recipient does not want messages.", "to");
    if (credit_ >= 0 && credit_ < message.parts)
        return error(402, "insufficient_credit", "The credit does not suffice.");
    return std::nullopt;
}

HttpAnswer SmsSimulator::sendOnce(const Json& body) {
    Message message;
    message.to = textOf(body, theirName("to"));
    message.from = textOf(body, theirName("from"), "Greffe");
    message.text = textOf(body, theirName("text"));
    message.reference = textOf(body, theirName("reference"));
    message.callbackUrl = textOf(body, theirName("callback_url"), settings_.callbackUrl);
    const MessageParts parts = partsOfMessage(message.text);
    message.parts = parts.parts;
    message.isGsm = parts.isGsm;
    if (auto refusal = refuseMessage(message)) return *refusal;
    if (credit_ >= 0) credit_ -= message.parts;
    message.id = fmt::format("sms-{:06}", ++lastId_);
    message.sentAt = message.statusAt = clock().now();
    message.endsAt = message.sentAt + settings_.deliveryTime;
    messages_.push_back(message);
    return jsonAnswer(settings_.sendStatus, shown(message));
}

HttpAnswer SmsSimulator::list(const HttpCall& call) const {
    std::int64_t limit = kMessagesOfAPage;
    const std::string asked = call.queryValue("limit", "100");
    const auto [end, problem] = std::from_chars(asked.data(), asked.data() + asked.size(), limit);
    if (problem != std::errc() || end != asked.data() + asked.size() || limit < 1 || limit > kMessagesOfAPage)
        return error(400, "invalid_limit", "From 1 to 100.", "limit");
    const std::string after = call.queryValue("after"), reference = call.queryValue("reference");
    bool isBehind = after.empty();
    Json page = Json::array();
    Json next;
    for (const Message& each : messages_) {
        if (isBehind && (reference.empty() || each.reference == reference)) {
            if (static_cast<std::int64_t>(page.size()) == limit) {
                next = page.back().at(theirName("id"));
                break;
            }
            page.push_back(shown(each));
        }
        isBehind = isBehind || each.id == after;
    }
    if (!isBehind) return error(400, "invalid_cursor", "No message of this id.", "after");
    return jsonAnswer(200, {{"messages", page}, {"next", next}});
}

void SmsSimulator::passTime() {
    for (Message& each : messages_) {
        if (!each.endsAt || clock().now() < *each.endsAt) continue;
        const auto found = settings_.outcomes.find(each.to);
        const std::string outcome = found == settings_.outcomes.end() ? "delivered" : found->second;
        each.endsAt.reset();
        if (outcome != "silent") end(each, outcome, outcome == "delivered" ? "" : "planned");
    }
}

void SmsSimulator::end(Message& message, const std::string& status, const std::string& reason) {
    message.status = status;
    message.error = reason;
    message.statusAt = clock().now();
    message.endsAt.reset();
    if (!message.callbackUrl.empty()) post(message.callbackUrl, "message.status", message.id, shown(message));
}

void SmsSimulator::receive(const std::string& from, const std::string& to, const std::string& text) {
    if (isWord(text, "stop")) optedOut_.insert(from);
    if (isWord(text, "start")) optedOut_.erase(from);
    const std::string id = fmt::format("in-{:06}", ++lastId_);
    const Json message = renamed({{"id", id}, {"from", from}, {"to", to}, {"text", text}});
    inbound_.push_back(message);
    if (!settings_.inboundUrl.empty()) post(settings_.inboundUrl, "message.received", id, message);
}

// Signed with the time inside, so that a captured callback cannot be played again later.
void SmsSimulator::post(const std::string& url, const std::string& event, const std::string& id, Json body) {
    body["event"] = event;
    Webhook webhook;
    webhook.id = id;
    webhook.event = event;
    webhook.url = url;
    webhook.body = [body](WallTime eventTime) mutable {
        body["time"] = toUnixMs(eventTime) / 1000;
        return dumpJson(body);
    };
    webhook.headers = [secret = settings_.secret,
                       name = settings_.signatureHeader](const WebhookAttempt& attempt) {
        std::map<std::string, std::string> headers = {{"X-Attempt", std::to_string(attempt.number)}};
        const std::string time = std::to_string(toUnixMs(attempt.sentAt) / 1000);
        if (!attempt.isUnsigned)
            headers[name] =
                "t=" + time + ",v1=" +
                hmacSha256Hex(attempt.isForged ? "a key that nobody has" : secret, time + "." + attempt.body);
        return headers;
    };
    webhooks().post(std::move(webhook));
}

SmsSimulator::Message* SmsSimulator::messageOf(const Json& arguments) {
    const std::string wanted = textOf(arguments, "message");
    for (auto at = messages_.rbegin(); at != messages_.rend(); ++at)
        if (wanted.empty() || at->id == wanted || at->reference == wanted || at->to == wanted) return &*at;
    return nullptr;
}

Result<Json> SmsSimulator::endByHand(const Json& arguments, const std::string& status) {
    Message* message = messageOf(arguments);
    if (message == nullptr) return makeError(Errc::NotFound, "no such message");
    end(*message, status, status == "delivered" ? "" : textOf(arguments, "error", "absent_subscriber"));
    return shown(*message);
}

void SmsSimulator::addOperations() {
    for (const char* status : {"delivered", "undelivered", "expired", "rejected"})
        addOperation(status,
                     std::string("the message ends as ") + status +
                         ": message (id, reference or number; default: the newest), error",
                     [this, status](const Json& arguments) { return endByHand(arguments, status); });
    addOperation("receive", "a person writes: from, to, text (STOP and START are obeyed)",
                 [this](const Json& arguments) -> Result<Json> {
                     const std::string from = textOf(arguments, "from");
                     if (from.empty()) return makeError(Errc::Invalid, "from whom?");
                     receive(from, textOf(arguments, "to", "Greffe"), textOf(arguments, "text", "STOP"));
                     return Json(inbound_.back());
                 });
    addOperation("credit", "how many parts can still be sent: parts (-1: no end)",
                 [this](const Json& arguments) -> Result<Json> {
                     credit_ = numberOf(arguments, "parts", -1);
                     return Json{{"credit", credit_}};
                 });
}

Json SmsSimulator::state() const {
    Json messages = Json::array();
    for (const Message& each : messages_) {
        Json message = shown(each);
        message[theirName("text")] = each.text;
        messages.push_back(message);
    }
    return {{"messages", messages}, {"inbound", inbound_}, {"opted_out", optedOut_}, {"credit", credit_}};
}

void SmsSimulator::forget() {
    messages_.clear();
    replays_.clear();
    optedOut_.clear();
    inbound_ = Json::array();
    credit_ = settings_.credit;
}

}  // namespace greffe::simulators
