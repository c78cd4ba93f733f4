// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/signer_routes.h"

#include "simulators/yousign/document_routes.h"
#include "simulators/yousign/downloads.h"
#include "simulators/yousign/field_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <regex>

namespace greffe::simulators {
namespace {

using Need = Parameters::Need;

constexpr std::size_t kMostSigners = 100;

bool isE164(const std::string& number) {
    static const std::regex form(R"(\+[1-9]\d{6,14})");
    return std::regex_match(number, form);
}

HttpAnswer nothingToSay(int status) {
    HttpAnswer answer;
    answer.status = status;
    return answer;
}

}  // namespace

void SignerRoutes::addTo(RouteTable& routes) {
    const std::string all = "/v3/signature_requests/{request}/signers", one = all + "/{signer}";
    const auto onSigner = [&](const char* name, const char* method, const std::string& path, auto act) {
        routes.add(name, method, path, [this, act](const HttpCall& call) {
            return account_.withSigner(call, [&](SignatureRequest& request, Signer& signer) {
                return account_.withBody(call, [&](const Json& body) { return act(request, signer, body); });
            });
        });
    };
    routes.add("add_signer", "POST", all, [this](const HttpCall& call) {
        return account_.withRequest(call, [&](SignatureRequest& request) {
            return account_.withBody(call, [&](const Json& body) { return add(request, body); });
        });
    });
    routes.add("list_signers", "GET", all, [this](const HttpCall& call) {
        return account_.withRequest(call, [&](SignatureRequest& request) {
            Json list = Json::array();
            for (const Signer& each : request.signers)
                list.push_back(account_.shown.signer(request, each));
            return jsonAnswer(200, list);
        });
    });
    onSigner("get_signer", "GET", one, [this](SignatureRequest& request, Signer& signer, const Json&) {
        account_.life.renewLink(request, signer);
        return jsonAnswer(200, account_.shown.signer(request, signer));
    });
    onSigner("change_signer", "PATCH", one,
             [this](SignatureRequest& request, Signer& signer, const Json& body) {
                 return change(request, signer, body);
             });
    onSigner("delete_signer", "DELETE", one, [this](SignatureRequest& request, Signer& signer, const Json&) {
        return remove(request, signer);
    });
    onSigner(
        "remind_signer", "POST", one + "/send_reminder",
        [this](SignatureRequest& request, Signer& signer, const Json&) { return remind(request, signer); });
    onSigner(
        "send_code", "POST", one + "/send_otp",
        [this](SignatureRequest& request, Signer& signer, const Json&) { return sendCode(request, signer); });
    onSigner("sign", "POST", one + "/sign",
             [this](SignatureRequest& request, Signer& signer, const Json& body) {
                 return sign(request, signer, body);
             });
    onSigner("get_audit_trail", "GET", one + "/audit_trails",
             [this](SignatureRequest& request, Signer& signer, const Json&) {
                 return auditTrail(request, signer, false);
             });
    onSigner("download_audit_trail", "GET", one + "/audit_trails/download",
             [this](SignatureRequest& request, Signer& signer, const Json&) {
                 return auditTrail(request, signer, true);
             });
}

void SignerRoutes::readPerson(Signer& signer, Parameters& parameters) {
    for (const char* notPlayed : {"user_id", "contact_id", "verified_identity_id"})
        if (parameters.has(notPlayed))
            parameters.complain(notPlayed, "The simulator knows signers by \"info\" alone.");
    std::vector<InvalidParameter> problems;
    const Json& info = parameters.object("info", Need::Required);
    Parameters inner(info, problems, "info.");
    signer.info = {
        {"first_name", inner.personName("first_name")},
        {"last_name", inner.personName("last_name")},
        {"email", inner.mailAddress("email")},
        {"locale", inner.choice("locale", Need::Required, {"en", "fr", "de", "it", "nl", "es", "pl"})}};
    const std::string phone = inner.text("phone_number", Need::Optional, 1, 20);
    signer.info["phone_number"] = phone.empty() ? Json() : Json(phone);
    if (!phone.empty() && !isE164(phone))
        inner.complain("phone_number", "This value is not a valid phone number.");
    if (account_.settings.refusesUnknownParameters) inner.refuseOthers();
    if (parameters.has("info"))
        for (const InvalidParameter& each : problems)
            parameters.complain(each.name, each.reason);
}

void SignerRoutes::readRest(Signer& signer, Parameters& parameters) {
    signer.level = parameters.choice(
        "signature_level", Need::Required,
        {"electronic_signature", "advanced_electronic_signature", "qualified_electronic_signature",
         "electronic_signature_with_qualified_certificate", "qualified_electronic_signature_mode_1"});
    const std::string mode = parameters.choice("signature_authentication_mode", Need::Optional,
                                               {"otp_email", "otp_sms", "no_otp"});
    signer.authenticationMode = mode.empty() ? Json() : Json(mode);
    if (mode == "otp_sms" && memberOf(signer.info, "phone_number").is_null())
        parameters.complain("info.phone_number", "This value should not be blank.");
    const std::string delivery = parameters.choice("delivery_mode", Need::Optional, {"email", "none"});
    signer.deliveryMode = delivery.empty() ? Json() : Json(delivery);
    signer.redirectUrls = {{"success", nullptr}, {"error", nullptr}, {"decline", nullptr}};
    std::vector<InvalidParameter> problems;
    Parameters urls(parameters.object("redirect_urls"), problems, "redirect_urls.");
    for (const char* key : {"success", "error", "decline"})
        if (const std::string url = urls.uri(key, 255); !url.empty()) signer.redirectUrls[key] = url;
    for (const InvalidParameter& each : problems)
        parameters.complain(each.name, each.reason);
    signer.customText = {{"request_subject", nullptr},
                         {"request_body", nullptr},
                         {"reminder_subject", nullptr},
                         {"reminder_body", nullptr}};
    signer.customText.update(parameters.object("custom_text"));
}

void SignerRoutes::readFields(SignatureRequest& request, const Signer& signer, Parameters& parameters,
                              std::vector<SignatureField>& fields) {
    std::vector<InvalidParameter> problems;
    const Json& list = parameters.array("fields");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string prefix = fmt::format("fields[{}].", i);
        SignatureField field = readField(list[i], prefix, FieldOrigin::Signer, problems);
        field.signerId = signer.id;
        const SignedDocument* document = YousignAccount::document(request, field.documentId);
        if (document == nullptr)
            problems.push_back({prefix + "document_id", "This document is not in the request."});
        else if (document->totalPages && numberOf(field.members, "page", 1) > *document->totalPages)
            problems.push_back({prefix + "page", "The document has fewer pages."});
        fields.push_back(std::move(field));
    }
    for (const InvalidParameter& each : problems)
        parameters.complain(each.name, each.reason);
}

HttpAnswer SignerRoutes::add(SignatureRequest& request, const Json& body) {
    const bool mayAdd =
        request.status == "draft" || (!account_.settings.signersOnlyInDraft && request.status == "ongoing");
    if (!mayAdd) return account_.refusals.wrongStatus("Adding a signer", request.status);
    if (request.signers.size() >= kMostSigners)
        return account_.refusals.of(400, "validation.error", "Too many signers.");
    Signer signer;
    signer.id = newUuid();
    std::vector<InvalidParameter> problems;
    Parameters parameters(body, problems);
    readPerson(signer, parameters);
    readRest(signer, parameters);
    std::vector<SignatureField> fields;
    readFields(request, signer, parameters, fields);
    auto place = request.signers.end();
    if (const std::string after = parameters.text("insert_after_id", Need::Optional, 36, 36);
        !after.empty()) {
        place = std::find_if(request.signers.begin(), request.signers.end(),
                             [&](const Signer& each) { return each.id == after; });
        if (place == request.signers.end())
            parameters.complain("insert_after_id", "This signer is not in the request.");
        else
            ++place;
    }
    if (account_.settings.refusesUnknownParameters)
        parameters.refuseOthers({"sms_notification", "email_notification", "identification_attestation_id",
                                 "pre_identity_verification_required"});
    if (!problems.empty()) return account_.refusals.parameters(problems);
    const auto added = request.signers.insert(place, std::move(signer));
    std::move(fields.begin(), fields.end(), std::back_inserter(request.fields));
    return jsonAnswer(201, account_.shown.signer(request, *added));
}

HttpAnswer SignerRoutes::change(SignatureRequest& request, Signer& signer, const Json& body) {
    if (request.status != "draft") return account_.refusals.wrongStatus("A change", request.status);
    Json whole = {{"info", signer.info},
                  {"signature_level", signer.level},
                  {"signature_authentication_mode", signer.authenticationMode},
                  {"delivery_mode", signer.deliveryMode},
                  {"redirect_urls", signer.redirectUrls},
                  {"custom_text", signer.customText}};
    whole.merge_patch(body);
    Signer changed = signer;
    std::vector<InvalidParameter> problems;
    Parameters parameters(whole, problems);
    readPerson(changed, parameters);
    readRest(changed, parameters);
    if (account_.settings.refusesUnknownParameters) parameters.refuseOthers();
    if (!problems.empty()) return account_.refusals.parameters(problems);
    signer = std::move(changed);
    return jsonAnswer(200, account_.shown.signer(request, signer));
}

HttpAnswer SignerRoutes::remove(SignatureRequest& request, Signer& signer) {
    if (request.status != "draft") return account_.refusals.wrongStatus("Removing a signer", request.status);
    const std::string id = signer.id;
    std::erase_if(request.fields, [&](const SignatureField& each) { return each.signerId == id; });
    request.signers.remove_if([&](const Signer& each) { return each.id == id; });
    return nothingToSay(204);
}

HttpAnswer SignerRoutes::remind(SignatureRequest& request, Signer& signer) {
    if (request.status != "ongoing" || signer.status != "notified")
        return account_.refusals.wrongStatus("A reminder",
                                             request.status + ", the signer's " + signer.status);
    account_.life.remind(request, signer);
    return nothingToSay(201);
}

// The conditions of own signing pages (1.7).
std::optional<HttpAnswer> SignerRoutes::refuseOwnPage(const SignatureRequest& request,
                                                      const Signer& signer) const {
    if (!account_.life.isTheirTurn(request, signer))
        return account_.refusals.wrongStatus("Signing", request.status + ", the signer's " + signer.status);
    const std::string delivery =
        signer.deliveryMode.is_string() ? signer.deliveryMode.get<std::string>() : request.deliveryMode;
    if (delivery != "none" || request.mayDecline || signer.level != "electronic_signature")
        return account_.refusals.of(
            400, "validation.error",
            "Needs delivery_mode none, signers who may not decline, and a simple signature.");
    return std::nullopt;
}

HttpAnswer SignerRoutes::sendCode(SignatureRequest& request, Signer& signer) {
    if (auto refusal = refuseOwnPage(request, signer)) return *refusal;
    account_.life.sendCode(signer);
    return nothingToSay(204);
}

HttpAnswer SignerRoutes::sign(SignatureRequest& request, Signer& signer, const Json& body) {
    if (auto refusal = refuseOwnPage(request, signer)) return *refusal;
    std::vector<InvalidParameter> problems;
    Parameters parameters(body, problems);
    parameters.text("ip_address", Need::Required, 2, 45);
    parameters.text("consent_given_at", Need::Required, 20, 40);
    const std::string code = parameters.text("otp", Need::Optional, 6, 6);
    const bool needsCode = signer.authenticationMode == "otp_sms" || signer.authenticationMode == "otp_email";
    if (problems.empty() && needsCode && (code.empty() || code != signer.code)) {
        ++signer.wrongCodes;
        parameters.complain("otp", "This value is not valid.");
    }
    if (account_.settings.refusesUnknownParameters) parameters.refuseOthers();
    if (!problems.empty()) return account_.refusals.parameters(problems);
    account_.life.sign(request, signer);
    return nothingToSay(204);
}

HttpAnswer SignerRoutes::auditTrail(SignatureRequest& request, Signer& signer, bool asPdf) {
    if (!signer.signedAt || account_.clock.now() < *signer.signedAt + account_.settings.auditTrailDelay)
        return account_.refusals.of(400, "audit_trail.not_ready_for_download",
                                    "The audit trail is not ready yet.");
    const Json trail = account_.shown.auditTrail(request, signer);
    if (!asPdf) return jsonAnswer(200, trail);
    return fileAnswer(account_.settings, "application/pdf", "audit-trail.pdf", auditTrailPdf({trail}));
}

}  // namespace greffe::simulators
