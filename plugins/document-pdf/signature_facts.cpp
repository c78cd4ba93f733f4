// SPDX-License-Identifier: Apache-2.0
#include "signature_facts.h"

#include <nlohmann/json.hpp>

namespace greffe::document_pdf {
namespace {

using Json = nlohmann::ordered_json;

std::string_view coverageName(Coverage coverage) {
    switch (coverage) {
        case Coverage::WholeFile: return "whole_file";
        case Coverage::Revision: return "revision";
        case Coverage::Wrong: break;
    }
    return "wrong";
}

std::string_view stateName(TimestampState state) {
    switch (state) {
        case TimestampState::Holds: return "holds";
        case TimestampState::NotVerifiable: return "not_verifiable";
        case TimestampState::Broken: break;
    }
    return "broken";
}

std::string_view kindName(const SignatureStanding& signature) {
    if (signature.isTimestamp) return "document_timestamp";
    return signature.isCertification ? "certification" : "signature";
}

Json timestampJson(const TimestampStanding& timestamp) {
    return {{"state", stateName(timestamp.state)},
            {"time", timestamp.time},
            {"authority", timestamp.authority},
            {"why", timestamp.why}};
}

Json signatureJson(const SignatureStanding& signature) {
    Json json = {{"field", signature.fieldName},
                 {"kind", kindName(signature)},
                 {"sub_filter", signature.subFilter},
                 {"signer", signature.signer},
                 {"certificate_sha256", signature.certificate},
                 {"claimed_time", signature.claimedTime},
                 {"timestamp", nullptr},
                 {"digest", signature.digest},
                 {"weak_digest", signature.isWeakDigest},
                 {"intact", signature.isIntact},
                 {"coverage", coverageName(signature.coverage)},
                 {"covered_bytes", signature.coveredBytes},
                 {"changes_after", changeName(signature.changes)},
                 {"marks_after", signature.marksAfter},
                 {"permission", nullptr},
                 {"permission_respected", signature.isPermissionRespected},
                 {"locks_respected", signature.isLockRespected},
                 {"trust", "not_checked"},
                 {"holds", signature.holds},
                 {"why", signature.why}};
    if (signature.timestamp) json["timestamp"] = timestampJson(*signature.timestamp);
    if (signature.permission) json["permission"] = *signature.permission;
    return json;
}

}  // namespace

void recordSignatureFacts(const SignatureReport& report, Outcome& outcome) {
    const auto record = [&](std::string_view name, const Json& value) {
        outcome.fact(name, value.dump(-1, ' ', false, Json::error_handler_t::replace));
    };
    Json list = Json::array();
    for (const SignatureStanding& signature : report.signatures)
        list.push_back(signatureJson(signature));
    record("signatures", list);
    record("empty_signature_fields", report.emptyFields);
    record("lost_signatures", report.lostSignatures);
    record("certification_level", report.certification ? Json(*report.certification) : Json(nullptr));
}

}  // namespace greffe::document_pdf
