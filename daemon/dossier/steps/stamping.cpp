// SPDX-License-Identifier: Apache-2.0
#include "dossier/steps/stamping.h"

#include "base/failpoint.h"
#include "dossier/authority_health.h"

#include <fmt/format.h>
#include <sys/random.h>

namespace greffe {
namespace {

constexpr std::size_t kNonceBytes = 8;

// Empty when the system has no randomness to give.
std::string freshNonce() {
    std::string nonce(kNonceBytes, '\0');
    // Eight bytes come whole or not at all (getrandom(2)).
    if (getrandom(nonce.data(), nonce.size(), 0) != static_cast<ssize_t>(nonce.size())) return {};
    return nonce;
}

// Where a test may end the daemon; a coroutine cannot hold the macro's return.
Status tokenArrived() {
    GREFFE_FAILPOINT("seal.token.arrived");
    return {};
}
Status tokenJournaled() {
    GREFFE_FAILPOINT("seal.token.journaled");
    return {};
}

}  // namespace

std::string describeFailures(const std::vector<StampAttempt>& failures) {
    std::string text;
    for (const StampAttempt& attempt : failures)
        text += fmt::format("{}{}: {}: {}", text.empty() ? "" : "; ", attempt.authority,
                            reasonCode(attempt.reason), attempt.text);
    return text;
}

Task<Status> journalProgress(StepContext& context, const SealProgress& progress) {
    EffectRow row = context.effect();
    row.factsJson = dumpJson({{kSealProgress, progress.toJson()}});
    context.run().pending.effects.push_back(std::move(row));
    const Status committed = co_await context.commitNow();
    co_return committed;
}

Task<Status> obtainStamp(StepContext& context, const std::vector<std::string>& authorities,
                         SealProgress& progress, std::vector<StampAttempt>& failures) {
    const std::vector<std::string> ordered = context.authorities().inOrder(authorities);
    for (const std::string& authority : ordered) {
        progress.authority = authority;
        progress.nonce = freshNonce();
        if (progress.nonce.empty()) co_return makeError(Errc::Internal, "no random bytes for a nonce");
        const Status intended = co_await journalProgress(context, progress);
        if (!intended) co_return intended;
        CallRequest request = callRequest("stamp", authority);
        request.attachments = {{"imprint", progress.imprint}, {"nonce", progress.nonce}};
        // Replayable: a token that was lost with its worker can only be asked for again.
        const CallOutcome outcome = co_await context.call(PoolKind::Providers, request, true);
        const std::string_view token = attachmentOf(outcome.attachments, "token");
        if (outcome.verdict == Verdict::Done && !token.empty()) {
            const Status arrived = tokenArrived();
            if (!arrived) co_return arrived;
            context.authorities().answered(authority);
            progress.token = token;
            progress.stampFacts = storedJson(outcome.factsJson);
            const Status kept = co_await journalProgress(context, progress);
            if (!kept) co_return kept;
            co_return tokenJournaled();
        }
        context.authorities().failed(authority);
        const Reason reason = outcome.reason == Reason::None ? Reason::PluginFault : outcome.reason;
        failures.push_back({authority, reason, outcome.explanation});
    }
    co_return Status();
}

}  // namespace greffe
