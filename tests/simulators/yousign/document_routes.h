// SPDX-License-Identifier: Apache-2.0
// Documents, their fields, what is downloaded (sheet, 1.6, 1.7, 1.9).
#pragma once

#include "simulators/http/form_data.h"
#include "simulators/yousign/account.h"

namespace greffe::simulators {

class DocumentRoutes {
public:
    explicit DocumentRoutes(YousignAccount& account) : account_(account) {}

    void addTo(RouteTable& routes);

private:
    HttpAnswer upload(const HttpCall& call, SignatureRequest& request);
    HttpAnswer replace(const HttpCall& call, SignatureRequest& request, SignedDocument& document);
    HttpAnswer list(const HttpCall& call, SignatureRequest& request);
    HttpAnswer change(const HttpCall& call, SignatureRequest& request, SignedDocument& document);
    HttpAnswer remove(SignatureRequest& request, SignedDocument& document);
    HttpAnswer downloadOne(const SignedDocument& document);
    HttpAnswer downloadAll(const HttpCall& call, SignatureRequest& request);
    HttpAnswer downloadAuditTrails(const HttpCall& call, SignatureRequest& request);
    HttpAnswer addField(const HttpCall& call, SignatureRequest& request, SignedDocument& document);
    HttpAnswer removeField(const HttpCall& call, SignatureRequest& request);

    // Fills `document` from the parts; a refusal otherwise.
    std::optional<HttpAnswer> readUpload(const std::vector<FormPart>& parts, SignedDocument& document);
    std::optional<HttpAnswer> examine(SignedDocument& document);
    Json readInitials(const std::vector<FormPart>& parts, std::vector<InvalidParameter>& problems);

    YousignAccount& account_;
};

// An answer that is a file.
HttpAnswer fileAnswer(const YousignSettings& settings, const std::string& contentType,
                      const std::string& fileName, std::string bytes);

}  // namespace greffe::simulators
