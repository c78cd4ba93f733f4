// SPDX-License-Identifier: Apache-2.0
// The JSON of the API's objects (sheet, 1.5 - 1.10), every documented key present.
#pragma once

#include "simulators/yousign/model.h"
#include "simulators/yousign/settings.h"

#include <string>

namespace greffe::simulators {

class Representation {
public:
    // `linkOrigin`: where signature links lead, "http://127.0.0.1:41027".
    Representation(const YousignSettings& settings, const std::string& linkOrigin)
        : settings_(settings), linkOrigin_(linkOrigin) {}

    Json request(const SignatureRequest& request) const;
    // The answer of an activation: the signers carry their links.
    Json activation(const SignatureRequest& request) const;
    Json document(const SignedDocument& document) const;
    Json signer(const SignatureRequest& request, const Signer& signer) const;
    Json field(const SignatureField& field) const;
    Json subscription(const Subscription& subscription) const;
    Json auditTrail(const SignatureRequest& request, const Signer& signer) const;

    // `data` of an event (1.10), in the shape that the settings choose.
    Json eventData(const std::string& event, const SignatureRequest& request, const Signer* signer) const;

    std::string time(WallTime time) const;
    Json time(const std::optional<WallTime>& when) const;
    std::string link(const Signer& signer) const;  // empty before there is one

private:
    Json requestInEvent(const SignatureRequest& request) const;
    Json signerInEvent(const SignatureRequest& request, const Signer& signer) const;
    Json decline(const SignatureRequest& request) const;

    const YousignSettings& settings_;
    const std::string& linkOrigin_;
};

}  // namespace greffe::simulators
