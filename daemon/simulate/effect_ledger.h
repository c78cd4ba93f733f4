// SPDX-License-Identifier: Apache-2.0
// Where everything ends that would leave the house: mails, webhooks, questions to authorities. In a
// simulation it takes the place of the whole providers pool, below every plugin, so that nothing can get out
// whatever a plugin's code would do: that code is not even started.
//
// What it answers is what a service that works would answer, until it is told that one falls silent.
//
// One thread: the reactor's.
#pragma once

#include "base/json.h"
#include "simulate/stand_in_authority.h"
#include "simulate/stand_in_signing.h"
#include "sys/reactor.h"
#include "workers/call_target.h"

#include <map>
#include <string>
#include <vector>

namespace greffe {

// One call that would have left the house.
struct LedgerEntry {
    struct Attachment {
        std::string name, sha256;  // hexadecimal
        std::uint64_t sizeBytes = 0;
    };
    std::int64_t atMs = 0;
    std::string operation;  // "notify.send", "stamp", "sign.send" …
    std::string instance;   // the notifier, the authority, the signature provider
    std::string key;        // idempotency key of the effect
    Json params = Json::object();
    std::vector<Attachment> attachments;
    Verdict answer = Verdict::Done;
};

class EffectLedger final : public CallTarget {
public:
    // How a service behaves from now on.
    enum class Manner {
        Works,
        Silent,   // nobody answers, surely nothing was done: tried again later
        Refuses,  // for good
        Unknown,  // it may have been done, nobody knows
    };

    EffectLedger(Reactor& reactor, const Clock& clock, StandInAuthority authority);

    void submit(CallRequest request, bool isReplayable, Done done) override;
    void set(const std::string& instance, Manner manner) { manners_[instance] = manner; }

    StandInSigning& signing() { return signing_; }

    const std::vector<LedgerEntry>& entries() const { return entries_; }

private:
    CallOutcome answer(const CallRequest& request, Manner manner);
    CallOutcome answerSignature(const CallRequest& request, bool isReplayable, Manner manner);

    Reactor& reactor_;
    const Clock& clock_;
    StandInAuthority authority_;
    StandInSigning signing_;
    std::map<std::string, Manner> manners_;  // by instance; those that are not here work
    std::vector<LedgerEntry> entries_;
};

}  // namespace greffe
