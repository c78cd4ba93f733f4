// SPDX-License-Identifier: Apache-2.0
// What an account holds. Values that the API only echoes stay JSON as they were sent.
#pragma once

#include "base/clock.h"
#include "base/json.h"

#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace greffe::simulators {

struct SignatureField {
    std::string id, documentId, signerId;  // signerId: empty for read_only_text
    std::string type;
    Json members;  // type, page, x, y, width, … as checked
};

struct SignedDocument {
    std::string id, fileName, nature, contentType;
    std::string bytes;  // with what was signed so far
    std::string uploadedSha256;
    WallTime createdAt;
    std::optional<int> totalPages;
    bool isProtected = false;
    bool isSigned = false;
    int totalAnchors = 0;
    Json initials;
};

struct Signer {
    std::string id, status = "initiated";
    Json info, level, authenticationMode, deliveryMode, redirectUrls, customText;
    std::string linkToken;  // empty: no link yet
    WallTime linkExpiresAt;
    std::optional<WallTime> signedAt, consentAt, processingUntil;
    std::string declineReason;
    std::string code;  // the one-time code that a message would carry
    int wrongCodes = 0;
    int reminders = 0;
};

struct SignatureRequest {
    std::string id, status = "draft", name, deliveryMode, timezone, externalId;
    bool isOrdered = false, mayDecline = false;
    Json reminderSettings, auditTrailLocale, emailNotification, customExperienceId, workspaceId, labels;
    std::string source = "public_api";
    WallTime createdAt, expiresAt;
    std::optional<WallTime> activatedAt, completedAt, declinedAt;
    std::string declinedBy;  // a signer's id
    Json cancellation;       // {reason, custom_note}
    Json metadata;           // null: none
    std::list<SignedDocument> documents;
    std::list<Signer> signers;
    std::vector<SignatureField> fields;
};

struct Subscription {
    std::string id, endpoint, secret;
    Json description;
    bool isForSandbox = true, isEnabled = true, retries = true;
    std::vector<std::string> events, scopes;
    Json workspaces;
    WallTime createdAt, updatedAt;
};

}  // namespace greffe::simulators
