// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/representation.h"

#include "base/sha256.h"
#include "simulators/simulated_clock.h"

namespace greffe::simulators {
namespace {

Json orNull(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json documentList(const SignatureRequest& request) {
    Json list = Json::array();
    for (const SignedDocument& each : request.documents)
        list.push_back({{"id", each.id}, {"nature", each.nature}});
    return list;
}

Json signerList(const SignatureRequest& request) {
    Json list = Json::array();
    for (const Signer& each : request.signers)
        list.push_back({{"id", each.id}, {"status", each.status}});
    return list;
}

const Signer* signerOf(const SignatureRequest& request, const std::string& id) {
    for (const Signer& each : request.signers)
        if (each.id == id) return &each;
    return nullptr;
}

}  // namespace

std::string Representation::time(WallTime when) const {
    return rfc3339(when, settings_.zone);
}

Json Representation::time(const std::optional<WallTime>& when) const {
    return when ? Json(time(*when)) : Json();
}

std::string Representation::link(const Signer& signer) const {
    if (signer.linkToken.empty()) return {};
    return linkOrigin_ + "/signatures/" + signer.id + "?s=" + signer.linkToken +
           "&lang=" + textOf(signer.info, "locale", "en") + (settings_.isSandbox ? "&sandbox=true" : "");
}

Json Representation::decline(const SignatureRequest& request) const {
    const Signer* signer = signerOf(request, request.declinedBy);
    if (signer == nullptr) return {};
    return {{"signer_id", signer->id},
            {"reason", orNull(signer->declineReason)},
            {"declined_at", time(request.declinedAt)}};
}

Json Representation::request(const SignatureRequest& request) const {
    return {{"id", request.id},
            {"status", request.status},
            {"name", request.name},
            {"delivery_mode", request.deliveryMode},
            {"created_at", time(request.createdAt)},
            {"activated_at", time(request.activatedAt)},
            {"completed_at", time(request.completedAt)},
            {"approved_at", nullptr},
            {"ordered_signers", request.isOrdered},
            {"ordered_approvers", false},
            {"custom_recipient_order", false},
            {"reminder_settings", request.reminderSettings},
            {"timezone", request.timezone},
            {"email_custom_note", nullptr},
            {"expiration_date", time(request.expiresAt)},
            {"source", request.source},
            {"signers", signerList(request)},
            {"approvers", Json::array()},
            {"labels", request.labels.is_array() ? request.labels : Json::array()},
            {"documents", documentList(request)},
            {"sender", nullptr},
            {"external_id", orNull(request.externalId)},
            {"branding_id", nullptr},
            {"custom_experience_id", request.customExperienceId},
            {"signers_allowed_to_decline", request.mayDecline},
            {"workspace_id", request.workspaceId},
            {"audit_trail_locale", request.auditTrailLocale},
            {"email_notification", request.emailNotification},
            {"bulk_send_batch_id", nullptr},
            {"decline_information", decline(request)},
            {"rejection_information", nullptr},
            {"workflow_session_id", nullptr},
            {"previous_attempt_id", nullptr},
            {"custom_properties", Json::array()}};
}

Json Representation::activation(const SignatureRequest& request) const {
    Json answer = this->request(request);
    for (const char* absent : {"source", "sender", "workspace_id", "email_notification", "bulk_send_batch_id",
                               "decline_information", "custom_properties"})
        answer.erase(absent);
    Json& signers = answer["signers"] = Json::array();
    for (const Signer& each : request.signers)
        signers.push_back({{"id", each.id},
                           {"status", each.status},
                           {"signature_link", orNull(link(each))},
                           {"signature_link_expiration_date",
                            each.linkToken.empty() ? Json() : Json(time(each.linkExpiresAt))}});
    return answer;
}

Json Representation::document(const SignedDocument& document) const {
    return {{"id", document.id},
            {"filename", document.fileName},
            {"nature", document.nature},
            {"content_type", document.contentType},
            {"sha256", document.uploadedSha256},
            {"is_protected", document.isProtected},
            {"is_signed", document.isSigned},
            {"created_at", time(document.createdAt)},
            {"total_pages", document.totalPages ? Json(*document.totalPages) : Json()},
            {"is_locked", false},
            {"initials", document.initials},
            {"total_anchors", document.totalAnchors},
            {"excluded_approvers", Json::array()},
            {"excluded_signers", Json::array()}};
}

Json Representation::field(const SignatureField& field) const {
    Json shown = field.members;
    shown["id"] = field.id;
    shown["document_id"] = field.documentId;
    shown["signer_id"] = orNull(field.signerId);
    return shown;
}

Json Representation::signer(const SignatureRequest& request, const Signer& signer) const {
    Json fields = Json::array();
    for (const SignatureField& each : request.fields)
        if (each.signerId == signer.id) fields.push_back(field(each));
    return {{"id", signer.id},
            {"info", signer.info},
            {"status", signer.status},
            {"fields", fields},
            {"signature_level", signer.level},
            {"signature_authentication_mode", signer.authenticationMode},
            {"signature_link", orNull(link(signer))},
            {"signature_link_expiration_date",
             signer.linkToken.empty() ? Json() : Json(time(signer.linkExpiresAt))},
            {"signature_image_preview", nullptr},
            {"redirect_urls", signer.redirectUrls},
            {"custom_text", signer.customText},
            {"delivery_mode", signer.deliveryMode},
            {"identification_attestation_id", nullptr},
            {"sms_notification", {{"otp_message", {{"custom_text", nullptr}}}}},
            {"email_notification", {{"disabled", Json::array()}}},
            {"pre_identity_verification_required", false},
            {"verified_identity_id", nullptr},
            {"recipient_stage_index", 0},
            {"excluded_documents", Json::array()},
            {"signed_at", time(signer.signedAt)}};
}

Json Representation::subscription(const Subscription& subscription) const {
    return {{"id", subscription.id},
            {"endpoint", subscription.endpoint},
            {"description", subscription.description},
            {"sandbox", subscription.isForSandbox},
            {"subscribed_events", subscription.events},
            {"scopes", subscription.scopes},
            {"workspaces", subscription.workspaces},
            {"auto_retry", subscription.retries},
            {"enabled", subscription.isEnabled},
            {"secret_key", subscription.secret},
            {"created_at", time(subscription.createdAt)},
            {"updated_at", time(subscription.updatedAt)}};
}

Json Representation::requestInEvent(const SignatureRequest& request) const {
    Json whole = this->request(request);
    const bool saysReason =
        settings_.declineReason == "signature_request" || settings_.declineReason == "both";
    if (!saysReason && whole["decline_information"].is_object())
        whole["decline_information"]["reason"] = nullptr;
    if (settings_.eventObjects == "full") return whole;
    Json shown = Json::object();
    for (const char* key : {"id", "status", "name", "external_id", "delivery_mode", "created_at",
                            "expiration_date", "source", "signers", "approvers", "documents", "workspace_id"})
        shown[key] = whole[key];
    if (!whole["decline_information"].is_null()) shown["decline_information"] = whole["decline_information"];
    return shown;
}

Json Representation::signerInEvent(const SignatureRequest& request, const Signer& signer) const {
    Json shown = settings_.eventObjects == "full"
                     ? this->signer(request, signer)
                     : Json{{"id", signer.id}, {"status", signer.status}, {"signature_level", signer.level}};
    if (settings_.signerEvent == "signer_only") shown["signature_request_id"] = request.id;
    if (!signer.declineReason.empty() &&
        (settings_.declineReason == "signer" || settings_.declineReason == "both"))
        shown["decline_reason"] = signer.declineReason;
    return shown;
}

Json Representation::eventData(const std::string& event, const SignatureRequest& request,
                               const Signer* signer) const {
    Json data = Json::object();
    const bool isOfSigner = signer != nullptr && event.rfind("signer.", 0) == 0;
    if (!isOfSigner || settings_.signerEvent == "both_nodes")
        data["signature_request"] = requestInEvent(request);
    if (isOfSigner) data["signer"] = signerInEvent(request, *signer);
    return data;
}

Json Representation::auditTrail(const SignatureRequest& request, const Signer& signer) const {
    Json documents = Json::array();
    for (const SignedDocument& each : request.documents)
        documents.push_back(
            {{"id", each.id},
             {"name", each.fileName},
             {"mime_type", each.contentType},
             {"initial_hash", each.uploadedSha256},
             {"signatures", Json::array({{{"hash", toHex(sha256(each.bytes))},
                                          {"reason", "Signed by " + textOf(signer.info, "first_name") + " " +
                                                         textOf(signer.info, "last_name")},
                                          {"certificate", nullptr}}})}});
    const std::string mode =
        signer.authenticationMode.is_string() ? signer.authenticationMode.get<std::string>() : "no_otp";
    return {{"version", 5},
            {"signature_request",
             {{"id", request.id},
              {"name", request.name},
              {"sent_at", time(request.activatedAt)},
              {"expired_at", time(request.expiresAt)}}},
            {"sender",
             {{"id", "22222222-3333-4444-8555-666666666666"},
              {"type", "User"},
              {"email", "owner@example.com"},
              {"first_name", "Paul"},
              {"last_name", "Martin"},
              {"ip_address", "192.0.2.10"},
              {"phone_number", nullptr}}},
            {"signer",
             {{"id", signer.id},
              {"first_name", memberOf(signer.info, "first_name")},
              {"last_name", memberOf(signer.info, "last_name")},
              {"email_address", memberOf(signer.info, "email")},
              {"phone_number", memberOf(signer.info, "phone_number")},
              {"ip_address", "192.0.2.20"},
              {"consent_given_at", time(signer.consentAt)},
              {"signature_process_completed_at", time(signer.signedAt)}}},
            {"documents", documents},
            {"organization", {{"id", request.workspaceId}, {"name", "Simulated organisation"}}},
            {"authentication",
             {{"mode", mode == "otp_sms"     ? "sms"
                       : mode == "otp_email" ? "email"
                                             : "none"},
              {"validated_at", time(signer.consentAt)}}},
            {"electronic_signature_level", {{"level", signer.level}}}};
}

}  // namespace greffe::simulators
