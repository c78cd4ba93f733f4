// SPDX-License-Identifier: Apache-2.0
// Plays the people: who opens the link, signs, declines, mistypes the code. A test calls it through the admin
// door, a demo through the signature link in a browser.
//
// Arguments of every operation: "request" (id, external_id or name; default: the newest) and "signer" (id,
// e-mail address or place from 0; default: the first whose turn it is).
#pragma once

#include "simulators/yousign/account.h"

#include <functional>
#include <string>

namespace greffe::simulators {

class YousignPlayer {
public:
    explicit YousignPlayer(YousignAccount& account) : account_(account) {}

    using Register = std::function<void(const std::string& name, const std::string& help,
                                        std::function<Result<Json>(const Json&)>)>;
    void addOperations(const Register& add);

    // GET and POST /signatures/{signer}: the page behind a signature link.
    void addTo(RouteTable& routes);

private:
    Result<SignatureRequest*> requestOf(const Json& arguments);
    Result<Signer*> signerOf(SignatureRequest& request, const Json& arguments);
    // Runs `act` when it is this signer's turn; answers with the request.
    Result<Json> whenTheirTurn(const Json& arguments,
                               const std::function<Status(SignatureRequest&, Signer&)>& act);
    Result<Json> emitAnything(const Json& arguments);
    HttpAnswer page(const HttpCall& call);
    HttpAnswer pageAnswer(const HttpCall& call, SignatureRequest& request, Signer& signer);

    YousignAccount& account_;
};

}  // namespace greffe::simulators
