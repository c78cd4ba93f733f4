// SPDX-License-Identifier: Apache-2.0
// Signers of a request, their own signing pages' calls, their audit trails (sheet, 1.7 - 1.9).
#pragma once

#include "simulators/yousign/account.h"

namespace greffe::simulators {

class SignerRoutes {
public:
    explicit SignerRoutes(YousignAccount& account) : account_(account) {}

    void addTo(RouteTable& routes);

private:
    HttpAnswer add(SignatureRequest& request, const Json& body);
    HttpAnswer change(SignatureRequest& request, Signer& signer, const Json& body);
    HttpAnswer remove(SignatureRequest& request, Signer& signer);
    HttpAnswer remind(SignatureRequest& request, Signer& signer);
    HttpAnswer sendCode(SignatureRequest& request, Signer& signer);
    HttpAnswer sign(SignatureRequest& request, Signer& signer, const Json& body);
    std::optional<HttpAnswer> refuseOwnPage(const SignatureRequest& request, const Signer& signer) const;
    HttpAnswer auditTrail(SignatureRequest& request, Signer& signer, bool asPdf);

    void readPerson(Signer& signer, Parameters& parameters);
    void readRest(Signer& signer, Parameters& parameters);
    void readFields(SignatureRequest& request, const Signer& signer, Parameters& parameters,
                    std::vector<SignatureField>& fields);

    YousignAccount& account_;
};

}  // namespace greffe::simulators
