// SPDX-License-Identifier: Apache-2.0
// /signature_requests and what is done to one as a whole (sheet, 1.4, 1.5, 1.8).
#pragma once

#include "simulators/yousign/account.h"

namespace greffe::simulators {

class RequestRoutes {
public:
    explicit RequestRoutes(YousignAccount& account) : account_(account) {}

    void addTo(RouteTable& routes);

private:
    HttpAnswer create(const Json& body);
    HttpAnswer list(const HttpCall& call);
    HttpAnswer change(SignatureRequest& request, const Json& body);
    HttpAnswer remove(SignatureRequest& request, bool isForGood);
    HttpAnswer activate(SignatureRequest& request, const Json& body);
    HttpAnswer cancel(SignatureRequest& request, const Json& body);
    HttpAnswer reactivate(SignatureRequest& request, const Json& body);
    HttpAnswer metadata(const HttpCall& call, SignatureRequest& request);

    // Sets what the body has; complains of what is wrong. A new request must have the required ones.
    void readInto(SignatureRequest& request, Parameters& parameters, bool isNew);
    WallTime readExpiration(Parameters& parameters, const std::string& timezone, WallTime fallback);
    // What is missing before it can be activated; empty for nothing.
    std::string missingForActivation(const SignatureRequest& request) const;

    YousignAccount& account_;
};

}  // namespace greffe::simulators
