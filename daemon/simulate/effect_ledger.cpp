// SPDX-License-Identifier: Apache-2.0
#include "simulate/effect_ledger.h"

#include "base/sha256.h"

#include <fmt/format.h>

#include <memory>

namespace greffe {
namespace {

CallOutcome outcomeOf(Verdict verdict, Reason reason, std::string explanation) {
    CallOutcome outcome;
    outcome.verdict = verdict;
    outcome.reason = reason;
    outcome.explanation = std::move(explanation);
    return outcome;
}

CallOutcome sent(std::int64_t nowMs) {
    CallOutcome outcome = outcomeOf(Verdict::Done, Reason::None, "");
    const Json answer = {
        {"phase", "simulated"}, {"text", "SIMULATION: nothing was sent"}, {"at_unix_ms", nowMs}};
    outcome.factsJson = dumpJson({{"answers", Json::array({answer})}});
    return outcome;
}

}  // namespace

EffectLedger::EffectLedger(Reactor& reactor, const Clock& clock, StandInAuthority authority)
    : reactor_(reactor), clock_(clock), authority_(std::move(authority)) {}

void EffectLedger::submit(CallRequest request, bool isReplayable, Done done) {
    const auto known = manners_.find(request.instance);
    const Manner manner = known == manners_.end() ? Manner::Works : known->second;
    auto outcome = std::make_shared<CallOutcome>(request.operation.rfind("sign.", 0) == 0
                                                     ? answerSignature(request, isReplayable, manner)
                                                     : answer(request, manner));
    // To look leaves nothing anywhere.
    if (request.operation == "sign.status" || request.operation == "sign.fetch") {
        reactor_.post([done = std::move(done), outcome] { done(std::move(*outcome)); });
        return;
    }
    LedgerEntry entry;
    entry.atMs = toUnixMs(clock_.wall());
    entry.operation = request.operation;
    entry.instance = request.instance;
    entry.key = request.key;
    entry.params = storedJson(request.paramsJson);
    for (const CallInput& input : request.inputs)
        entry.attachments.push_back({input.name, toHex(input.sha256), input.sizeBytes});
    entry.answer = outcome->verdict;
    entries_.push_back(std::move(entry));
    reactor_.post([done = std::move(done), outcome] { done(std::move(*outcome)); });
}

// A service that took a request and whose answer was lost: its plugin asks again where it can find it, which
// is what a call that may be repeated says.
CallOutcome EffectLedger::answerSignature(const CallRequest& request, bool isReplayable, Manner manner) {
    if (manner == Manner::Works) return signing_.answer(request);
    if (manner == Manner::Unknown) {
        static_cast<void>(signing_.answer(request));
        if (isReplayable) manner = Manner::Silent;
    }
    return answer(request, manner);
}

CallOutcome EffectLedger::answer(const CallRequest& request, Manner manner) {
    switch (manner) {
        case Manner::Works: break;
        case Manner::Silent:
            return outcomeOf(Verdict::RetryLater, Reason::ProviderUnavailable,
                             fmt::format("{} does not answer (simulated)", request.instance));
        case Manner::Refuses:
            return outcomeOf(Verdict::Rejected, Reason::ProviderError,
                             fmt::format("{} refuses (simulated)", request.instance));
        case Manner::Unknown:
            return outcomeOf(
                Verdict::Uncertain, Reason::None,
                fmt::format("the connection to {} ended before its answer (simulated)", request.instance));
    }
    if (request.operation == "notify.send") return sent(toUnixMs(clock_.wall()));
    if (request.operation == "stamp") {
        auto token = authority_.token(attachmentOf(request.attachments, "imprint"),
                                      attachmentOf(request.attachments, "nonce"), clock_.wall());
        if (!token) return outcomeOf(Verdict::RetryLater, Reason::ProviderError, token.error().text());
        CallOutcome outcome = outcomeOf(Verdict::Done, Reason::None, "");
        outcome.factsJson = dumpJson({{"authority", kSimulation},
                                      {"gen_time_unix", toUnixMs(clock_.wall()) / 1000},
                                      {"trust", "simulation"}});
        outcome.attachments = {{"token", std::move(*token)}};
        return outcome;
    }
    // An operation that nobody taught the ledger: said aloud, and surely not done.
    return outcomeOf(
        Verdict::Rejected, Reason::PluginMissing,
        fmt::format("a simulation has no answer to \"{}\" of {}", request.operation, request.instance));
}

}  // namespace greffe
