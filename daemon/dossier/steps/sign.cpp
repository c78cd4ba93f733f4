// SPDX-License-Identifier: Apache-2.0
// sign: has documents signed by people, at a service (providers pool), and waits for them.
//
// The request carries an external id made of dossier, step and item, in the journal before the first call.
// Whether it may be sent again when nobody knows what became of a call is the provider's to say
// (finds_requests): one that finds it by that id is asked again, with any other the dossier is uncertain and
// a person decides. Once it is known to be out, its remote id stands in the step's facts, and no attempt of
// this step ever sends again.
//
// From then on the step only looks: when an event about the remote id wakes it, and from time to time without
// one. What the service answers to status() is the truth; an event that is lost, doubled, late or forged
// changes nothing but the moment.
#include "base/bytes_text.h"
#include "dossier/pipeline_walk.h"
#include "dossier/steps/sign_request.h"
#include "dossier/steps/steps.h"
#include "dossier/steps/waiting.h"
#include "store/event_wait.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr std::int64_t kFirstLookMs = 15'000;  // an event that came before the answer to send() is not missed
constexpr std::int64_t kAfterFailureMs = 2'000;
constexpr int kMostDoublings = 20;
constexpr const char* kTakenBack = "nobody signed in time";

bool isFollowed(const Json& facts) {
    return !textOf(memberOf(facts, "sent"), "remote_id").empty();
}

// What an operator names who says that the request is out (greffe dossier resolve … --facts).
Json sentByWord(const Json& facts) {
    const std::string remoteId = textOf(facts, "remote_id");
    return remoteId.empty() ? Json() : Json{{"sent", facts}};
}

class Sign final : public StepAction {
public:
    std::string_view name() const override { return "sign"; }
    EffectClass effectClass() const override { return EffectClass::Once; }

    Json freeze(const DossierRun& run, const StepPlan& step, Json options,
                std::int64_t nowMs) const override {
        return freezeSignatureRequest(run, step, std::move(options), nowMs);
    }

    // A request that is out has still to be signed.
    bool followsConfirmed(const Json& facts) const override { return !sentByWord(facts).is_null(); }

    Task<StepEnd> run(StepContext& context) const override {
        StepEnd end = co_await goOn(context, false);
        co_return end;
    }

    Task<StepEnd> reconcile(StepContext& context) const override {
        StepEnd end = co_await goOn(context, true);
        co_return end;
    }

private:
    static Task<StepEnd> goOn(StepContext& context, bool isAfterCrash) {
        const Json& params = context.params();
        Json known = whatIsOut(context);
        if (isFollowed(known)) {
            known["sent"]["documents"] = memberOf(memberOf(params, "request"), "documents");
            StepEnd end = co_await look(context, std::move(known));
            co_return end;
        }
        if (const std::string problem = textOf(params, "problem"); !problem.empty())
            co_return StepEnd::rejected(Reason::InvalidOptions, problem);
        if (isAfterCrash && !boolOf(params, "finds_requests")) {
            StepEnd end;
            end.verdict = Verdict::Uncertain;
            end.reason = Reason::OutcomeUnknown;
            end.explanation = fmt::format(
                "the daemon stopped while the request \"{}\" was sent, and {} cannot be asked for it",
                textOf(params, "external_id"), textOf(params, "provider"));
            co_return end;
        }
        StepEnd end = co_await send(context);
        co_return end;
    }

    // What this execution went waiting with, or what an earlier attempt, or an operator, knew to be out. A
    // request that the service does not know any more may be sent anew.
    static Json whatIsOut(StepContext& context) {
        if (isFollowed(context.remembered())) return context.remembered();
        Json known;
        for (const EffectRow& effect : context.run().effects) {
            if (effect.step != context.step().id || effect.branch != context.branch() ||
                effect.attempt >= context.effect().attempt)
                continue;
            const Json facts = storedJson(effect.factsJson);
            if (effect.reason == reasonCode(Reason::UnknownRequest))
                known = Json();
            else if (isFollowed(facts))
                known = facts;
            else if (effect.state == EffectState::Done)
                known = sentByWord(facts);
        }
        return known;
    }

    static Task<StepEnd> send(StepContext& context) {
        DossierRun& run = context.run();
        const Json& params = context.params();
        std::vector<CallInput> inputs;
        for (const Json& sent : memberOf(params, "sends")) {
            const DocumentRow* document = findDocument(run, textOf(sent, "id"));
            if (document == nullptr)
                co_return StepEnd::rejected(Reason::BytesLost,
                                            "a document to sign is not in the dossier any more");
            const DocumentRow row = *document;  // the list may grow while we wait
            auto input = co_await context.open(row);
            if (!input) co_return StepEnd::storage(input.error(), context.effect().attempt);
            inputs.push_back(*input);
        }
        const CallRequest request = callRequest("sign.send", textOf(params, "provider"),
                                                dumpJson(memberOf(params, "request")), std::move(inputs));
        const CallOutcome outcome =
            co_await context.call(PoolKind::Providers, request, boolOf(params, "finds_requests"));
        if (outcome.verdict != Verdict::Done) co_return StepEnd::from(outcome);
        Json sent = storedJson(outcome.factsJson);
        if (textOf(sent, "remote_id").empty()) {
            // It is out, and nobody knows under which name.
            StepEnd end;
            end.verdict = Verdict::Uncertain;
            end.reason = Reason::OutcomeUnknown;
            end.explanation = "the provider sent the request and did not say under which id";
            co_return end;
        }
        Json known = {{"sent", std::move(sent)}, {"sent_unix", context.nowMs() / 1000}};
        co_return waitOn(context, std::move(known), "");
    }

    // Held for an operator, whose retry goes on with what is known to be out.
    static StepEnd rejectedWith(const CallOutcome& outcome, const Json& known) {
        StepEnd end = StepEnd::from(outcome);
        end.facts = known;
        return end;
    }

    // One look at the service, and what follows from it.
    static Task<StepEnd> look(StepContext& context, Json known) {
        const Json& params = context.params();
        const CallRequest request =
            callRequest("sign.status", textOf(params, "provider"), dumpJson(memberOf(known, "sent")));
        const CallOutcome outcome = co_await context.call(PoolKind::Providers, request, true);
        if (outcome.verdict == Verdict::Rejected) co_return rejectedWith(outcome, known);
        if (outcome.verdict != Verdict::Done)
            co_return waitOn(context, std::move(known), outcome.explanation);
        const Json said = storedJson(outcome.factsJson);
        known["status"] = textOf(said, "status", "waiting");
        known["signers"] = memberOf(said, "signers");
        known.erase("trouble");
        const std::string status = textOf(known, "status");
        if (status == "signed") {
            StepEnd end = co_await fetch(context, std::move(known));
            co_return end;
        }
        // What this step took back itself was not taken back by somebody at the service.
        if (status == "expired" || (status == "cancelled" && boolOf(known, "taken_back")))
            co_return expired(context, known);
        if (status == "refused" || status == "cancelled") co_return endOf(context, known, said);
        const std::int64_t expiresMs = expiryOf(params);
        if (expiresMs == 0 || context.nowMs() < expiresMs) co_return waitOn(context, std::move(known), "");
        StepEnd end = co_await takeBack(context, std::move(known));
        co_return end;
    }

    // The days are over: people must not be able to sign what nobody waits for. What was signed in the
    // meantime is found by the next look.
    static Task<StepEnd> takeBack(StepContext& context, Json known) {
        if (boolOf(known, "taken_back")) co_return expired(context, known);
        const CallRequest request =
            callRequest("sign.cancel", textOf(context.params(), "provider"),
                        dumpJson({{"sent", memberOf(known, "sent")}, {"reason", kTakenBack}}));
        const CallOutcome outcome = co_await context.call(PoolKind::Providers, request, true);
        // One that cannot be taken back has run its time here all the same.
        if (outcome.verdict == Verdict::Rejected) co_return expired(context, known);
        if (outcome.verdict != Verdict::Done)
            co_return waitOn(context, std::move(known), outcome.explanation);
        known["taken_back"] = true;
        StepEnd end = co_await look(context, std::move(known));
        co_return end;
    }

    static Task<StepEnd> fetch(StepContext& context, Json known) {
        DossierRun& run = context.run();
        const Json& params = context.params();
        const CallRequest request =
            callRequest("sign.fetch", textOf(params, "provider"), dumpJson(memberOf(known, "sent")));
        const CallOutcome outcome = co_await context.call(PoolKind::Providers, request, true);
        if (outcome.verdict == Verdict::Rejected) co_return rejectedWith(outcome, known);
        if (outcome.verdict != Verdict::Done)
            co_return waitOn(context, std::move(known), outcome.explanation);
        StepEnd end;
        const Json& sends = memberOf(params, "sends");
        for (std::size_t i = 0; i < sends.size(); ++i) {
            const CallArtifact* artifact = findArtifact(outcome, fmt::format("document-{}", i));
            const DocumentRow* source = findDocument(run, textOf(sends[i], "id"));
            if (artifact == nullptr || source == nullptr || artifact->sizeBytes == 0) {
                end = StepEnd::rejected(Reason::PluginFault,
                                        fmt::format("the provider gave no signed document {}", i + 1));
                end.facts = known;
                co_return end;
            }
            const DocumentRow base = *source;
            auto kept = co_await context.keep(*artifact, nullptr, base.name);
            if (!kept) co_return waitOn(context, std::move(known), kept.error().text());
            kept->slot = textOf(sends[i], "slot");
            kept->derivedFrom = base.id;
            end.documents.push_back(std::move(*kept));
        }
        int proofs = 0;
        const std::string proof = textOf(params, "proof");
        for (const CallArtifact& artifact : outcome.artifacts) {
            if (proof.empty() || artifact.name.rfind("proof-", 0) != 0) continue;
            ++proofs;
            const std::string slot = proofs == 1 ? proof : fmt::format("{}-{}", proof, proofs);
            const std::string name = slot + (artifact.mediaType == "application/pdf" ? ".pdf" : ".zip");
            auto kept = co_await context.keep(artifact, nullptr, name);
            if (!kept) co_return waitOn(context, std::move(known), kept.error().text());
            kept->slot = slot;
            end.documents.push_back(std::move(*kept));
        }
        if (!proof.empty() && proofs == 0)
            co_return waitOn(context, std::move(known), "the provider has no proof of the signatures yet");
        end.facts = factsOf(context, known);
        end.facts["proofs"] = proofs;
        co_return end;
    }

    static Json factsOf(StepContext& context, const Json& known) {
        const Json& sent = memberOf(known, "sent");
        return {{"provider", textOf(context.params(), "provider")},
                {"remote_id", textOf(sent, "remote_id")},
                {"status", textOf(known, "status")},
                {"signers", memberOf(known, "signers")},
                {"sent_unix", numberOf(known, "sent_unix")}};
    }

    // Somebody said no, or took the request back at the service.
    static StepEnd endOf(StepContext& context, const Json& known, const Json& said) {
        const std::string status = textOf(known, "status");
        const std::string way = "on_" + status;
        const std::string why = textOf(said, "reason");
        StepEnd end;
        if (findWay(context.step(), way) != nullptr) {
            end.way = way;
        } else {
            std::string who;
            for (const Json& signer : memberOf(known, "signers"))
                if (textOf(signer, "status") == "refused") who = textOf(signer, "id");
            end = status == "refused"
                      ? StepEnd::rejected(Reason::Refused,
                                          fmt::format("{} refused to sign", who.empty() ? "a signer" : who))
                      : StepEnd::rejected(Reason::Cancelled, "the request was taken back at the provider");
            if (!why.empty()) end.explanation += ": " + displayText(why);
        }
        end.facts = factsOf(context, known);
        if (!why.empty()) end.facts["reason"] = why;
        return end;
    }

    static StepEnd expired(StepContext& context, Json& known) {
        known["status"] = "expired";
        StepEnd end = expiredEnd(context.step(), kTakenBack);
        Json facts = factsOf(context, known);
        facts["expired"] = true;
        end.facts = std::move(facts);
        return end;
    }

    // Looks come at growing distances, up to the step's poll_seconds; those after a failure are counted anew,
    // so that a service that is away for a minute does not cost an hour.
    static StepEnd waitOn(StepContext& context, Json known, const std::string& trouble) {
        const Json& params = context.params();
        const char* const counter = trouble.empty() ? "looks" : "failed_looks";
        const std::int64_t looks = numberOf(known, counter);
        known.erase("failed_looks");
        known.erase("trouble");
        known[counter] = looks + 1;
        if (!trouble.empty()) known["trouble"] = trouble;
        const std::int64_t longest = numberOf(params, "poll_seconds") * 1'000;
        std::int64_t pause = trouble.empty() ? kFirstLookMs : kAfterFailureMs;
        for (int i = 0; i < kMostDoublings && i < looks && pause < longest; ++i)
            pause *= 2;
        std::int64_t dueMs = context.nowMs() + std::min(pause, longest);
        if (const std::int64_t expiresMs = expiryOf(params); expiresMs > context.nowMs())
            dueMs = std::min(dueMs, expiresMs);
        const EventWait news{textOf(params, "provider"), textOf(memberOf(known, "sent"), "remote_id")};
        return StepEnd::waiting(news.key(), dueMs, std::move(known));
    }

    static const DocumentRow* findDocument(const DossierRun& run, const std::string& id) {
        const auto found = std::find_if(run.documents.begin(), run.documents.end(),
                                        [&](const DocumentRow& row) { return row.id == id; });
        return found == run.documents.end() ? nullptr : &*found;
    }

    static const CallArtifact* findArtifact(const CallOutcome& outcome, const std::string& name) {
        const auto found = std::find_if(outcome.artifacts.begin(), outcome.artifacts.end(),
                                        [&](const CallArtifact& artifact) { return artifact.name == name; });
        return found == outcome.artifacts.end() ? nullptr : &*found;
    }
};

}  // namespace

const StepAction& signStep() {
    static const Sign step;
    return step;
}

}  // namespace greffe
