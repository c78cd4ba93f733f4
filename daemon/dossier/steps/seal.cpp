// SPDX-License-Identifier: Apache-2.0
// seal: prepare (documents pool) → sign (keys pool) [→ stamp (providers)] → embed (documents pool).
//
// Its signing time and field name are journaled before it begins, so that a seal made again after a crash
// says the same. The keys pool sees 32 bytes, the providers pool 32 others, and neither is believed: embed
// checks what came back before anything is kept.
//
// A time-stamp that nobody gives is never left out silently. on_no_timestamp says what happens: the dossier
// waits for the next attempt (queue), is held for an operator (fail), or is sealed at B-B and says so
// everywhere (degrade).
//
// A seal states the time: while the machine's date has jumped and is not believed yet, none is made.
#include "base/ulid.h"
#include "dossier/authority_health.h"
#include "dossier/seal_mark.h"
#include "dossier/seal_progress.h"
#include "dossier/steps/stamping.h"
#include "dossier/steps/steps.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr const char* kSealer = "seal-pades";
constexpr std::int64_t kLeastReserveBytes =
    2'048;  // room for a certificate that is renewed with a longer name
constexpr std::int64_t kReserveSpareBytes = 1'024;  // above what a seal that did not fit asked for

// A seal on its way.
struct Attempt {
    DocumentRow source;
    CallInput document;
    Json keyFacts;
    SealProgress progress;
    CallOutcome prepared;
    std::vector<StampAttempt> failures;  // of authorities
    bool isDegraded = false;

    bool hasToken() const { return !progress.token.empty(); }
};

AuditRow degradedAudit(const DossierRun& run, std::int64_t atMs, const std::string& step,
                       const std::string& why) {
    AuditRow row;
    row.atMs = atMs;
    row.actor = "engine";
    row.action = "seal degraded to B-B";
    row.dossier = run.id();
    row.detailJson = dumpJson({{"step", step}, {"explanation", why}});
    return row;
}

StepEnd untilTheClockIsSure(const ClockDoubt& doubt, std::int32_t attempt) {
    // A mistyped date is set right soon; one that stays is believed after a quarter of an hour.
    const std::chrono::seconds delay{5LL << std::clamp(attempt - 1, 0, 5)};
    return StepEnd::postponed(
        Reason::ClockUnsure,
        fmt::format(
            "the machine's date jumped by {} s; no seal states it until it was set right or has lasted "
            "{} s more",
            doubt.jump.count() / 1000, doubt.believedIn.count()),
        std::min(doubt.believedIn + std::chrono::seconds(1), delay));
}

// One that may be tried again keeps the token that was paid for.
StepEnd keeping(const Attempt& attempt, StepEnd end) {
    if (attempt.hasToken()) end.facts[kSealProgress] = attempt.progress.toJson();
    return end;
}

// The same for one that did not come as far as looking for it.
StepEnd keepingToken(StepContext& context, StepEnd end) {
    if (const auto progress = SealProgress::find(context.run(), context.effect()))
        end.facts[kSealProgress] = progress->toJson();
    return end;
}

class Seal final : public StepAction {
public:
    std::string_view name() const override { return "seal"; }
    EffectClass effectClass() const override { return EffectClass::Idempotent; }
    bool journalsParams() const override { return true; }

    Json freeze(const DossierRun& run, const StepPlan& step, Json options,
                std::int64_t nowMs) const override {
        options["signing_time_unix"] = nowMs / 1000;
        options["field_name"] = fmt::format("Greffe-{}-{}", step.id, shortId(run.id()));
        // A token that an earlier attempt paid for fits only what that attempt signed.
        if (const EffectRow* earlier = attemptWithToken(run, step.id)) {
            const Json params = storedJson(earlier->paramsJson);
            options["signing_time_unix"] = numberOf(params, "signing_time_unix", nowMs / 1000);
        }
        return options;
    }

    Task<StepEnd> run(StepContext& context) const override {
        if (const auto doubt = context.clockDoubt())
            co_return keepingToken(context, untilTheClockIsSure(*doubt, context.effect().attempt));
        const Json& options = context.params();
        const DocumentRow* document = context.document(textOf(options, "document", "document"));
        if (document == nullptr)
            co_return StepEnd::rejected(Reason::ConfigurationError, "there is no document to seal");
        Attempt attempt;
        attempt.source = *document;  // the list may grow while we wait
        auto input = co_await context.open(attempt.source);
        if (!input)
            co_return keepingToken(context, StepEnd::storage(input.error(), context.effect().attempt));
        attempt.document = *input;

        const CallRequest describe = callRequest("key.describe", textOf(options, "key"));
        const CallOutcome described = co_await context.call(PoolKind::Keys, describe, true);
        if (described.verdict != Verdict::Done) co_return keepingToken(context, StepEnd::from(described));
        attempt.keyFacts = storedJson(described.factsJson);
        const bool isStamped = textOf(options, "level", "B-B") != "B-B";
        const char* const room = isStamped ? "cms_bytes_with_timestamp" : "cms_bytes";
        attempt.progress.reserveBytes = std::max(kLeastReserveBytes, numberOf(attempt.keyFacts, room));
        attempt.progress.certificate = textOf(attempt.keyFacts, "certificate_sha256");

        StepEnd end = co_await makeSeal(context, attempt);
        // A time-stamp larger than anybody's before: once more with the room it needs.
        const std::int64_t needed = numberOf(end.facts, "needed_bytes");
        if (end.reason == Reason::LimitExceeded && needed > attempt.progress.reserveBytes) {
            attempt.progress = SealProgress();
            attempt.progress.certificate = textOf(attempt.keyFacts, "certificate_sha256");
            attempt.progress.reserveBytes = needed + kReserveSpareBytes;
            end = co_await makeSeal(context, attempt);
        }
        co_return end;
    }

private:
    static Task<StepEnd> makeSeal(StepContext& context, Attempt& attempt) {
        const Json& options = context.params();
        const bool isStamped = textOf(options, "level", "B-B") != "B-B";
        std::optional<SealProgress> kept;
        if (isStamped) kept = SealProgress::find(context.run(), context.effect());
        if (kept && kept->reserveBytes > attempt.progress.reserveBytes)
            attempt.progress.reserveBytes = kept->reserveBytes;
        StepEnd end = co_await prepare(context, attempt);
        if (end.verdict != Verdict::Done) co_return end;
        // A key that was exchanged since signs anew: a seal names the key that the step names.
        if (kept && kept->digest == attempt.progress.digest &&
            kept->certificate == attempt.progress.certificate) {
            attempt.progress = *kept;
        } else {
            end = co_await sign(context, attempt);
            if (end.verdict != Verdict::Done) co_return end;
        }
        if (isStamped && !attempt.hasToken()) {
            end = co_await stamp(context, attempt);
            if (end.verdict != Verdict::Done) co_return end;
        }
        end = co_await embed(context, attempt);
        co_return end;
    }

    static Task<StepEnd> prepare(StepContext& context, Attempt& attempt) {
        Json params = context.params();
        params["reserve_bytes"] = attempt.progress.reserveBytes;
        addMark(params, textOf(attempt.keyFacts, "signer"), numberOf(params, "signing_time_unix"));
        const CallRequest request =
            callRequest("seal.prepare", kSealer, dumpJson(params), {attempt.document});
        attempt.prepared = co_await context.call(PoolKind::Documents, request, true);
        if (attempt.prepared.verdict != Verdict::Done) co_return StepEnd::from(attempt.prepared);
        if (attempt.prepared.artifacts.size() != 1)
            co_return StepEnd::rejected(Reason::PluginFault, "the sealer prepared no tail");
        attempt.progress.digest = attachmentOf(attempt.prepared.attachments, "digest");
        co_return StepEnd();
    }

    static Task<StepEnd> sign(StepContext& context, Attempt& attempt) {
        CallRequest request = callRequest("sign", textOf(context.params(), "key"));
        request.attachments = {{"digest", attempt.progress.digest}};
        const CallOutcome signature = co_await context.call(PoolKind::Keys, request, true);
        if (signature.verdict != Verdict::Done) co_return StepEnd::from(signature);
        attempt.progress.cms = attachmentOf(signature.attachments, "cms");
        attempt.progress.imprint = attachmentOf(signature.attachments, "signature_sha256");
        co_return StepEnd();
    }

    static Task<StepEnd> stamp(StepContext& context, Attempt& attempt) {
        const Json& options = context.params();
        std::vector<std::string> authorities;
        for (const Json& authority : memberOf(options, "authorities"))
            if (authority.is_string()) authorities.push_back(authority.get<std::string>());
        const Status journaled =
            co_await obtainStamp(context, authorities, attempt.progress, attempt.failures);
        if (!journaled) co_return StepEnd::storage(journaled.error(), context.effect().attempt);
        if (attempt.hasToken()) co_return StepEnd();
        const std::string why = "no time-stamp: " + describeFailures(attempt.failures);
        const std::string otherwise = textOf(options, "on_no_timestamp", "queue");
        if (otherwise == "fail") co_return StepEnd::rejected(Reason::TimestampUnavailable, why);
        if (otherwise != "degrade") co_return StepEnd::retry(Reason::TimestampUnavailable, why);
        attempt.isDegraded = true;
        context.run().pending.audits.push_back(
            degradedAudit(context.run(), context.nowMs(), context.step().id, why));
        co_return StepEnd();
    }

    static Task<StepEnd> embed(StepContext& context, Attempt& attempt) {
        const Json place = storedJson(attempt.prepared.factsJson);
        CallInput tail;
        tail.fd = attempt.prepared.artifacts.front().fd;
        tail.sizeBytes = attempt.prepared.artifacts.front().sizeBytes;
        tail.slot = "tail";
        const Json gap = {{"gap_offset", numberOf(place, "gap_offset")},
                          {"gap_size", numberOf(place, "gap_size")}};
        CallRequest request = callRequest("seal.embed", kSealer, dumpJson(gap), {attempt.document, tail});
        request.attachments = {{"digest", attempt.progress.digest}, {"cms", attempt.progress.cms}};
        if (attempt.hasToken()) {
            request.attachments.push_back({"token", attempt.progress.token});
            request.attachments.push_back({"imprint", attempt.progress.imprint});
            request.attachments.push_back({"nonce", attempt.progress.nonce});
        }
        const CallOutcome done = co_await context.call(PoolKind::Documents, request, true);
        if (done.verdict == Verdict::Rejected && done.reason == Reason::BadAnswer) {
            // The token is not what it was said to be. It is not kept, and somebody else is asked first.
            context.authorities().failed(attempt.progress.authority);
            const std::string why = attempt.progress.authority + ": " + done.explanation;
            co_return StepEnd::retry(Reason::BadAnswer, why);
        }
        if (done.verdict == Verdict::RetryLater) {
            StepEnd end = keeping(attempt, StepEnd::retry(done.reason, done.explanation));
            end.delaySeconds = done.delaySeconds;
            end.hasCrashed = done.hasCrashed;
            co_return end;
        }
        if (done.verdict != Verdict::Done) co_return StepEnd::from(done);
        if (done.artifacts.size() != 1)
            co_return StepEnd::rejected(Reason::PluginFault, "the sealer made no document");
        auto kept = co_await context.keep(done.artifacts.front(), &attempt.source, attempt.source.name);
        if (!kept) co_return keeping(attempt, StepEnd::storage(kept.error(), context.effect().attempt));
        StepEnd end = StepEnd::from(done);
        end.facts.update(factsOf(context, attempt));
        end.documents.push_back(std::move(*kept));
        co_return end;
    }

    static Json factsOf(StepContext& context, const Attempt& attempt) {
        const Json& options = context.params();
        Json facts = {{"level", attempt.hasToken() ? textOf(options, "level") : "B-B"},
                      {"degraded", attempt.isDegraded},
                      {"key", textOf(options, "key")},
                      {"certificate_sha256", textOf(attempt.keyFacts, "certificate_sha256")},
                      {"signing_time_unix", numberOf(options, "signing_time_unix")}};
        if (attempt.hasToken()) {
            facts["timestamp"] = attempt.progress.stampFacts;
            facts["timestamp"]["asked"] = attempt.progress.authority;
        }
        for (const StampAttempt& failure : attempt.failures)
            facts["authorities_failed"].push_back({{"name", failure.authority},
                                                   {"reason", reasonCode(failure.reason)},
                                                   {"text", failure.text}});
        return facts;
    }
};

}  // namespace

const StepAction& sealStep() {
    static const Seal step;
    return step;
}

}  // namespace greffe
