// SPDX-License-Identifier: Apache-2.0
// The signing service of a simulation, whatever provider is configured: takes requests, shows them, gives
// signed documents, and never asks anybody. Whoever plays a signer says what they do (act).
//
// It lives outside the daemon, as a real one does: a restart of the simulated daemon changes nothing here,
// and a request of an external id that it has is found, never made twice.
#pragma once

#include "base/clock.h"
#include "base/json.h"
#include "workers/call.h"

#include <map>
#include <string>
#include <vector>

namespace greffe {

class StandInSigning {
public:
    // What a signer does. WrongCode: nothing comes of it but an entry of the service's own.
    enum class Act { Sign, Refuse, WrongCode };

    // Rejected for an operation that is none of a signature provider.
    CallOutcome answer(const CallRequest& request);
    // signer: an id of the request ("tenant-1"), its role ("tenant"), a mail address, or empty for everybody
    // who has not signed. Errors say what does not fit: no such request, nobody of that name, not their turn.
    Status act(const std::string& instance, const std::string& remoteId, const std::string& signer, Act act,
               const std::string& reason, WallTime now);
    // Somebody takes the request back at the service.
    Status takeBack(const std::string& instance, const std::string& remoteId);

private:
    struct Request {
        std::string instance, id;
        Json asked;  // as it came
        std::string status = "waiting", reason;
        Json signers;  // as facts
        std::vector<CallInput> documents;
    };
    Request* find(const std::string& instance, const std::string& remoteId);
    CallOutcome send(const CallRequest& call);
    static CallOutcome fetch(const Request& request);
    static Json shown(const Request& request);

    std::map<std::string, Request> requests_;  // by id
};

}  // namespace greffe
