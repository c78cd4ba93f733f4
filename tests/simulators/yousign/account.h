// SPDX-License-Identifier: Apache-2.0
// One account of the simulated YouSign: its requests and its webhook subscriptions, and what the routes and
// the player share. Not thread-safe: under the simulator's lock.
#pragma once

#include "simulators/http/route_table.h"
#include "simulators/yousign/model.h"
#include "simulators/yousign/refusals.h"
#include "simulators/yousign/representation.h"
#include "simulators/yousign/request_life.h"
#include "simulators/yousign/settings.h"

#include <list>
#include <map>
#include <string>

namespace greffe::simulators {

class WebhookSender;

// The body of a call as an object: an empty one for none. Nothing for what is no JSON object.
std::optional<Json> bodyObject(const HttpCall& call);

class YousignAccount {
public:
    YousignAccount(const YousignSettings& settings, const SimulatedClock& clock, WebhookSender& sender,
                   const std::string& linkOrigin);

    YousignAccount(const YousignAccount&) = delete;
    YousignAccount& operator=(const YousignAccount&) = delete;

    const YousignSettings& settings;
    const SimulatedClock& clock;
    const Refusals refusals;
    const Representation shown;
    RequestLife life;
    std::list<SignatureRequest> requests;  // oldest first
    std::list<Subscription> subscriptions;

    // nullptr when there is none.
    SignatureRequest* request(const std::string& id);
    static Signer* signer(SignatureRequest& request, const std::string& id);
    static SignedDocument* document(SignatureRequest& request, const std::string& id);

    // What `act(request)` answers, or the 404 of the call's {request}.
    template <class Act>
    HttpAnswer withRequest(const HttpCall& call, Act act) {
        SignatureRequest* found = request(call.parameters.at("request"));
        return found != nullptr ? act(*found) : refusals.notFound("Signature request");
    }
    // The same for {signer} of {request}.
    template <class Act>
    HttpAnswer withSigner(const HttpCall& call, Act act) {
        return withRequest(call, [&](SignatureRequest& found) {
            Signer* person = signer(found, call.parameters.at("signer"));
            return person != nullptr ? act(found, *person) : refusals.notFound("Signer");
        });
    }
    // And for {document}.
    template <class Act>
    HttpAnswer withDocument(const HttpCall& call, Act act) {
        return withRequest(call, [&](SignatureRequest& found) {
            SignedDocument* file = document(found, call.parameters.at("document"));
            return file != nullptr ? act(found, *file) : refusals.notFound("Document");
        });
    }
    // What `act(body)` answers, or the refusal of a body that is no JSON object.
    template <class Act>
    HttpAnswer withBody(const HttpCall& call, Act act) {
        if (!call.question.body.empty() && call.mediaType() != "application/json") return refusals.plain(415);
        const std::optional<Json> body = bodyObject(call);
        return body ? act(*body) : refusals.of(400, "about:blank", "The body is not a JSON object.");
    }

    // Tells every subscriber who wants it.
    void emit(const std::string& event, const SignatureRequest& request, const Signer* signer);
    // 23:59:59 of that day in that place, for the zones of the European Union's west; UTC for others.
    static WallTime endOfDay(const std::string& date, const std::string& timezone);

private:
    WebhookSender& sender_;
};

}  // namespace greffe::simulators
