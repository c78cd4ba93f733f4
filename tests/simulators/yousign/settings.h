// SPDX-License-Identifier: Apache-2.0
// What the simulator of the YouSign API v3 can be told to be. Facts that the provider sheet ("Yousign Public
// API v3", section in brackets) has only from memory or by inference are choices here, so that a client which
// guesses the same way is not proved right by it: README.md has the table.
#pragma once

#include "simulators/settings_reader.h"

#include <chrono>
#include <string>

namespace greffe::simulators {

struct YousignSettings {
    // Who may ask (1.1).
    std::string apiKey, readOnlyKey;
    bool isSandbox = true;
    int callsPerMinute = 30, callsPerHour = 200;  // 1.2, of the sandbox

    // Errors (1.3).
    int wrongStatusHttp = 400;
    std::string wrongStatusType, unauthorizedType, forbiddenType, errorContentType;
    bool refusesUnknownParameters = true;

    // Requests, documents, signers (1.4 - 1.9).
    std::string listOrder;
    std::string zone;  // of times: "+00:00" or "Z"
    std::string initialsEncoding;
    std::string activationNeeds;
    bool signersOnlyInDraft = true;
    bool changesOnlyInDraft = true;
    std::string signersOfEndedRequest;
    std::string statusAfterReactivation;
    std::chrono::seconds signingTime{0}, auditTrailDelay{0};
    std::chrono::hours linkLife{48};
    std::string singleDownload;
    bool namesDownloads = true;

    // Webhooks (1.10).
    std::string issuedAt, signerEvent, eventObjects, declineReason;
    bool prefixesSignature = true;
    bool needsHttpsEndpoints = false;
    std::chrono::milliseconds firstTimeout{500}, retryTimeout{10'000};
    std::string webhookAuthorityFile;
};

YousignSettings readYousignSettings(SettingsReader& options);

}  // namespace greffe::simulators
