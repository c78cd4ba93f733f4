// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/request_routes.h"

#include "base/sha256.h"
#include "simulators/yousign/request_filters.h"

#include <algorithm>
#include <charconv>
#include <set>

namespace greffe::simulators {
namespace {

using Need = Parameters::Need;

constexpr std::int64_t kLongestPage = 100;

bool isOneOf(const std::string& value, const std::vector<std::string>& values) {
    return std::find(values.begin(), values.end(), value) != values.end();
}

Json readReminders(Parameters& parameters) {
    if (!parameters.has("reminder_settings")) return {};
    std::vector<InvalidParameter> problems;
    Json settings = parameters.object("reminder_settings");
    Parameters inner(settings, problems, "reminder_settings.");
    const auto interval = inner.integer("interval_in_days", Need::Required, 1, 14);
    inner.integer("max_occurrences", Need::Required, 1, 10);
    if (interval && *interval != 1 && *interval != 2 && *interval != 7 && *interval != 14)
        inner.complain("interval_in_days", "This value should be 1, 2, 7 or 14.");
    for (const InvalidParameter& each : problems)
        parameters.complain(each.name, each.reason);
    return settings;
}

Json readNotification(Parameters& parameters) {
    const Json standard = {{"sender", {{"type", "organization"}, {"custom_name", nullptr}}},
                           {"custom_note", nullptr}};
    if (!parameters.has("email_notification")) return standard;
    Json settings = parameters.object("email_notification");
    if (countCharacters(textOf(settings, "custom_note")) > 2000)
        parameters.complain("email_notification.custom_note", "This value is too long.");
    const std::string type = textOf(memberOf(settings, "sender"), "type", "organization");
    if (!isOneOf(type, {"organization", "workspace", "custom", "user"}))
        parameters.complain("email_notification.sender.type", "This value is not valid.");
    return settings;
}

}  // namespace

void RequestRoutes::addTo(RouteTable& routes) {
    const std::string all = "/v3/signature_requests", one = all + "/{request}";
    const auto onOne = [&](const char* name, const char* method, const std::string& path, auto handler) {
        routes.add(name, method, path, [this, handler](const HttpCall& call) {
            return account_.withRequest(call, [&](SignatureRequest& request) {
                return account_.withBody(call,
                                         [&](const Json& body) { return (this->*handler)(request, body); });
            });
        });
    };
    routes.add("create_request", "POST", all, [this](const HttpCall& call) {
        return account_.withBody(call, [&](const Json& body) { return create(body); });
    });
    routes.add("list_requests", "GET", all, [this](const HttpCall& call) { return list(call); });
    routes.add("get_request", "GET", one, [this](const HttpCall& call) {
        return account_.withRequest(call, [&](SignatureRequest& request) {
            return jsonAnswer(200, account_.shown.request(request));
        });
    });
    onOne("change_request", "PATCH", one, &RequestRoutes::change);
    routes.add("delete_request", "DELETE", one, [this](const HttpCall& call) {
        return account_.withRequest(call, [&](SignatureRequest& request) {
            return remove(request, call.queryValue("permanent_delete") == "true");
        });
    });
    onOne("activate", "POST", one + "/activate", &RequestRoutes::activate);
    onOne("cancel", "POST", one + "/cancel", &RequestRoutes::cancel);
    onOne("reactivate", "POST", one + "/reactivate", &RequestRoutes::reactivate);
    for (const char* method : {"GET", "POST", "PUT", "DELETE"})
        routes.add("metadata", method, one + "/metadata", [this](const HttpCall& call) {
            return account_.withRequest(call,
                                        [&](SignatureRequest& request) { return metadata(call, request); });
        });
}

WallTime RequestRoutes::readExpiration(Parameters& parameters, const std::string& timezone,
                                       WallTime fallback) {
    const std::string date = parameters.date("expiration_date", Need::Optional);
    if (date.empty()) return fallback;
    const WallTime end = YousignAccount::endOfDay(date, timezone);
    if (end < account_.clock.now() || end > account_.clock.now() + std::chrono::hours(24 * 366))
        parameters.complain("expiration_date", "This value should be between today and in one year.");
    return end;
}

void RequestRoutes::readInto(SignatureRequest& request, Parameters& parameters, bool isNew) {
    const Need need = isNew ? Need::Required : Need::Optional;
    if (const std::string name = parameters.safeText("name", need, 128); parameters.has("name"))
        request.name = name;
    if (const std::string mode = parameters.choice("delivery_mode", need, {"email", "none"}); !mode.empty())
        request.deliveryMode = mode;
    const bool isOrdered = parameters.flag("ordered_signers");
    if (parameters.has("ordered_signers")) request.isOrdered = isOrdered;
    const bool mayDecline = parameters.flag("signers_allowed_to_decline");
    if (parameters.has("signers_allowed_to_decline")) request.mayDecline = mayDecline;
    for (const char* notPlayed : {"ordered_approvers", "custom_recipient_order"})
        if (parameters.flag(notPlayed)) parameters.complain(notPlayed, "The simulator does not play this.");
    if (const std::string zone = parameters.text("timezone", Need::Optional, 1, 64); !zone.empty())
        request.timezone = zone;
    request.expiresAt = readExpiration(parameters, request.timezone, request.expiresAt);
    if (const std::string id = parameters.externalId("external_id"); !id.empty()) request.externalId = id;
    if (isNew || parameters.has("reminder_settings")) request.reminderSettings = readReminders(parameters);
    if (isNew || parameters.has("email_notification"))
        request.emailNotification = readNotification(parameters);
    if (const std::string locale = parameters.choice("audit_trail_locale", Need::Optional,
                                                     {"de", "en", "es", "fr", "it", "pt", "ro"});
        !locale.empty())
        request.auditTrailLocale = locale;
    if (const std::string id = parameters.text("workspace_id", Need::Optional, 36, 36); !id.empty())
        request.workspaceId = id;
    if (const std::string id = parameters.text("custom_experience_id", Need::Optional, 36, 36); !id.empty())
        request.customExperienceId = id;
    if (parameters.has("labels")) request.labels = parameters.array("labels");
    if (account_.settings.refusesUnknownParameters)
        parameters.refuseOthers({"reminder_settings", "email_notification"});
}

HttpAnswer RequestRoutes::create(const Json& body) {
    SignatureRequest request;
    request.id = newUuid();
    request.createdAt = account_.clock.now();
    request.timezone = "Europe/Paris";
    request.auditTrailLocale = "en";
    request.workspaceId = "11111111-2222-4333-8444-555555555555";
    request.expiresAt = request.createdAt + std::chrono::hours(24 * 182);
    std::vector<InvalidParameter> problems;
    Parameters parameters(body, problems);
    readInto(request, parameters, true);
    if (!problems.empty()) return account_.refusals.parameters(problems);
    account_.requests.push_back(std::move(request));
    return jsonAnswer(201, account_.shown.request(account_.requests.back()));
}

HttpAnswer RequestRoutes::list(const HttpCall& call) {
    std::int64_t limit = kLongestPage;
    const std::string asked = call.queryValue("limit", "100");
    const auto [end, error] = std::from_chars(asked.data(), asked.data() + asked.size(), limit);
    if (error != std::errc() || end != asked.data() + asked.size() || limit < 1 || limit > kLongestPage)
        return account_.refusals.parameter("limit", "This value should be between 1 and 100.");
    // Before there is any request, too, a filter that does not exist is refused.
    for (const auto& [key, value] : call.query)
        if (!passesFilter(SignatureRequest(), key, value))
            return account_.refusals.parameter(key, "This filter is not known, or its value not valid.");
    std::vector<const SignatureRequest*> matching;
    for (const SignatureRequest& each : account_.requests) {
        const bool isIn = std::all_of(call.query.begin(), call.query.end(), [&](const auto& filter) {
            return passesFilter(each, filter.first, filter.second).value_or(false);
        });
        if (isIn) matching.push_back(&each);
    }
    if (account_.settings.listOrder == "newest_first") std::reverse(matching.begin(), matching.end());
    // The cursor is the last id that was shown: pages stay whole when requests come in between.
    auto from = matching.begin();
    if (const std::string after = call.queryValue("after"); !after.empty()) {
        std::string id;
        if (!fromHex(after, id)) return account_.refusals.parameter("after", "This cursor is not valid.");
        from =
            std::find_if(matching.begin(), matching.end(), [&](const auto* each) { return each->id == id; });
        if (from == matching.end()) return account_.refusals.parameter("after", "This cursor is not valid.");
        ++from;
    }
    const auto to = from + std::min<std::ptrdiff_t>(matching.end() - from, limit);
    Json data = Json::array();
    for (auto at = from; at != to; ++at)
        data.push_back(account_.shown.request(**at));
    const Json next = to == matching.end() || to == from ? Json() : Json(toHex((*(to - 1))->id));
    return jsonAnswer(200, {{"meta", {{"next_cursor", next}}}, {"data", data}});
}

HttpAnswer RequestRoutes::change(SignatureRequest& request, const Json& body) {
    if (account_.settings.changesOnlyInDraft && request.status != "draft")
        return account_.refusals.wrongStatus("A change", request.status);
    SignatureRequest changed = request;
    std::vector<InvalidParameter> problems;
    Parameters parameters(body, problems);
    readInto(changed, parameters, false);
    if (!problems.empty()) return account_.refusals.parameters(problems);
    request = std::move(changed);
    return jsonAnswer(200, account_.shown.request(request));
}

HttpAnswer RequestRoutes::remove(SignatureRequest& request, bool isForGood) {
    if (request.status == "approval" || request.status == "ongoing")
        return account_.refusals.wrongStatus("Deleting", request.status);
    account_.life.remove(request, isForGood);
    if (isForGood) account_.requests.remove_if([&](const auto& each) { return &each == &request; });
    HttpAnswer answer;
    answer.status = 204;
    return answer;
}

std::string RequestRoutes::missingForActivation(const SignatureRequest& request) const {
    const auto isSignable = [](const SignedDocument& each) { return each.nature == "signable_document"; };
    if (std::none_of(request.documents.begin(), request.documents.end(), isSignable))
        return "a signable document";
    if (request.signers.empty()) return "a signer";
    std::set<std::string> signersWithField, documentsWithField;
    for (const SignatureField& each : request.fields) {
        if (each.type != "signature") continue;
        signersWithField.insert(each.signerId);
        documentsWithField.insert(each.documentId);
    }
    if (account_.settings.activationNeeds == "nothing") return {};
    for (const Signer& each : request.signers)
        if (signersWithField.count(each.id) == 0) return "a signature field for each signer";
    if (account_.settings.activationNeeds == "field_per_document")
        for (const SignedDocument& each : request.documents)
            if (isSignable(each) && documentsWithField.count(each.id) == 0)
                return "a signature field in each signable document";
    return {};
}

HttpAnswer RequestRoutes::activate(SignatureRequest& request, const Json& body) {
    if (request.status != "draft") return account_.refusals.wrongStatus("Activation", request.status);
    std::vector<InvalidParameter> problems;
    Parameters parameters(body, problems);
    parameters.text("sender_id", Need::Optional, 36, 36);
    if (account_.settings.refusesUnknownParameters) parameters.refuseOthers();
    if (!problems.empty()) return account_.refusals.parameters(problems);
    if (const std::string missing = missingForActivation(request); !missing.empty())
        return account_.refusals.of(400, "validation.error", "The request needs " + missing + ".");
    account_.life.activate(request);
    return jsonAnswer(201, account_.shown.activation(request));
}

HttpAnswer RequestRoutes::cancel(SignatureRequest& request, const Json& body) {
    if (request.status != "approval" && request.status != "ongoing")
        return account_.refusals.wrongStatus("Cancelling", request.status);
    std::vector<InvalidParameter> problems;
    Parameters parameters(body, problems);
    const std::string reason = parameters.choice(
        "reason", Need::Required, {"contractualization_aborted", "errors_in_document", "other"});
    const std::string note = parameters.text("custom_note", Need::Optional, 0, 500);
    if (account_.settings.refusesUnknownParameters) parameters.refuseOthers();
    if (!problems.empty()) return account_.refusals.parameters(problems);
    account_.life.cancel(request, reason, note);
    return jsonAnswer(201, account_.shown.request(request));
}

HttpAnswer RequestRoutes::reactivate(SignatureRequest& request, const Json& body) {
    if (request.status != "expired") return account_.refusals.wrongStatus("Reactivation", request.status);
    std::vector<InvalidParameter> problems;
    Parameters parameters(body, problems);
    const WallTime expiresAt = readExpiration(parameters, request.timezone, request.expiresAt);
    if (!parameters.has("expiration_date"))
        parameters.complain("expiration_date", "This value should not be blank.");
    if (!problems.empty()) return account_.refusals.parameters(problems);
    account_.life.reactivate(request, expiresAt);
    return jsonAnswer(201, account_.shown.request(request));
}

HttpAnswer RequestRoutes::metadata(const HttpCall& call, SignatureRequest& request) {
    const std::string& method = call.question.method;
    if (method != "POST" && request.metadata.is_null()) return account_.refusals.notFound("Metadata");
    if (method == "GET") return jsonAnswer(200, {{"data", request.metadata}});
    if (method == "DELETE") {
        request.metadata = nullptr;
        HttpAnswer answer;
        answer.status = 204;
        return answer;
    }
    return account_.withBody(call, [&](const Json& body) {
        const Json& data = memberOf(body, "data");
        if (!data.is_object() || data.size() > 10)
            return account_.refusals.parameter("data", "This value should be an object of at most 10 keys.");
        for (const auto& [key, value] : data.items())
            if (countCharacters(key) > 30 || value.is_structured() ||
                (value.is_string() && countCharacters(value.get<std::string>()) > 255))
                return account_.refusals.parameter("data." + key, "This value is not valid.");
        request.metadata = data;
        return jsonAnswer(method == "POST" ? 201 : 200, {{"data", data}});
    });
}

}  // namespace greffe::simulators
