// SPDX-License-Identifier: Apache-2.0
// What happens to a signature request from its activation to its end (sheet, 1.5, 1.7, 1.8), and which events
// tell of it. The callers checked that it may happen; a status is changed nowhere else.
#pragma once

#include "simulators/simulated_clock.h"
#include "simulators/yousign/model.h"
#include "simulators/yousign/settings.h"

#include <functional>
#include <string>

namespace greffe::simulators {

class RequestLife {
public:
    // `signer`: nullptr for an event of the request alone.
    using Emit =
        std::function<void(const std::string& event, const SignatureRequest& request, const Signer* signer)>;

    RequestLife(const YousignSettings& settings, const SimulatedClock& clock, Emit emit);

    void activate(SignatureRequest& request);
    void cancel(SignatureRequest& request, const std::string& reason, const std::string& note);
    void reactivate(SignatureRequest& request, WallTime expiresAt);
    void remove(SignatureRequest& request, bool isForGood);

    // Whether this signer can sign or decline now.
    bool isTheirTurn(const SignatureRequest& request, const Signer& signer) const;
    void openLink(SignatureRequest& request, Signer& signer);
    // Ends in "signed" at once, or after the time that the settings give it.
    void sign(SignatureRequest& request, Signer& signer);
    void decline(SignatureRequest& request, Signer& signer, const std::string& reason);
    // A technical failure: the request is cancelled with it.
    void fail(SignatureRequest& request, Signer& signer);
    void expire(SignatureRequest& request);
    void remind(SignatureRequest& request, Signer& signer);
    void sendCode(Signer& signer);
    // A link that is over is renewed when somebody looks.
    void renewLink(const SignatureRequest& request, Signer& signer);
    // Expires, and ends what was processing.
    void passTime(SignatureRequest& request);

private:
    void invite(SignatureRequest& request);
    void finishSigning(SignatureRequest& request, Signer& signer);
    void stamp(SignatureRequest& request, const Signer& signer);
    void end(SignatureRequest& request, const std::string& status);

    const YousignSettings& settings_;
    const SimulatedClock& clock_;
    Emit emit_;
};

// A random UUID of version 4.
std::string newUuid();

}  // namespace greffe::simulators
