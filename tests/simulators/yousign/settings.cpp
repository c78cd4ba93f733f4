// SPDX-License-Identifier: Apache-2.0
#include "simulators/yousign/settings.h"

namespace greffe::simulators {
namespace {

void readErrors(SettingsReader& options, YousignSettings& settings) {
    settings.wrongStatusHttp = options.choice("wrong_status_http", {"400", "403"}) == "400" ? 400 : 403;
    settings.wrongStatusType = options.text("wrong_status_type", "signature_request.status_not_compatible");
    settings.unauthorizedType = options.text("unauthorized_type", "unauthorized");
    settings.forbiddenType = options.text("forbidden_type", "forbidden");
    settings.errorContentType =
        options.choice("error_content_type", {"application/json", "application/problem+json"});
    settings.refusesUnknownParameters = options.flag("refuse_unknown_parameters", true);
}

void readLife(SettingsReader& options, YousignSettings& settings) {
    settings.listOrder = options.choice("list_order", {"newest_first", "oldest_first"});
    settings.zone = options.choice("time_zone_suffix", {"+00:00", "Z"});
    settings.initialsEncoding = options.choice("initials_encoding", {"brackets", "json"});
    settings.activationNeeds =
        options.choice("activation_needs", {"field_per_signer", "field_per_document", "nothing"});
    settings.signersOnlyInDraft = options.flag("signers_only_in_draft", true);
    settings.changesOnlyInDraft = options.flag("changes_only_in_draft", true);
    settings.signersOfEndedRequest = options.choice("signers_of_ended_request", {"aborted", "unchanged"});
    settings.statusAfterReactivation =
        options.choice("status_after_reactivation", {"ongoing", "approval", "draft"});
    settings.signingTime = std::chrono::seconds(options.number("signing_seconds", 0));
    settings.auditTrailDelay = std::chrono::seconds(options.number("audit_trail_delay_seconds", 0));
    settings.linkLife = std::chrono::hours(options.number("link_hours", 48, 1));
    settings.singleDownload = options.choice("single_download", {"pdf", "zip"});
    settings.namesDownloads = options.flag("content_disposition", true);
}

void readWebhooks(SettingsReader& options, YousignSettings& settings) {
    settings.issuedAt = options.choice("issued_at", {"unix", "unix_ms", "rfc3339"});
    settings.signerEvent = options.choice("signer_event", {"both_nodes", "signer_only"});
    settings.eventObjects = options.choice("event_objects", {"short", "full"});
    settings.declineReason =
        options.choice("decline_reason", {"signature_request", "signer", "both", "nowhere"});
    settings.prefixesSignature = options.flag("signature_prefix", true);
    settings.needsHttpsEndpoints = options.flag("https_endpoints_only", false);
    settings.firstTimeout = std::chrono::milliseconds(options.number("webhook_first_timeout_ms", 500, 1));
    settings.retryTimeout = std::chrono::milliseconds(options.number("webhook_retry_timeout_ms", 10'000, 1));
    settings.webhookAuthorityFile = options.text("webhook_ca_file", "");
}

}  // namespace

YousignSettings readYousignSettings(SettingsReader& options) {
    YousignSettings settings;
    settings.apiKey = options.text("api_key", "simulated-full-access-key");
    settings.readOnlyKey = options.text("read_only_key", "simulated-read-only-key");
    settings.isSandbox = options.flag("sandbox", true);
    settings.callsPerMinute = static_cast<int>(options.number("calls_per_minute", 30));
    settings.callsPerHour = static_cast<int>(options.number("calls_per_hour", 200));
    readErrors(options, settings);
    readLife(options, settings);
    readWebhooks(options, settings);
    return settings;
}

}  // namespace greffe::simulators
