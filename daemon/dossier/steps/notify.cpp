// SPDX-License-Identifier: Apache-2.0
// notify: sends each message of the frozen list (providers pool), one recipient a call, and keeps what became
// of each in a row of its own.
//
// A row is "sending" in the journal before the call, so after a crash it is known which messages may have
// left. Those that were sent are never sent again. What is unknown goes out again under the same Message-ID
// (on_unknown = "resend", then recorded as possible_duplicate), or waits for an operator (on_unknown =
// "uncertain").
#include "base/failpoint.h"
#include "dossier/message_freezing.h"
#include "dossier/steps/steps.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

constexpr const char* kSending = "sending";
constexpr const char* kSent = "sent";
constexpr const char* kWaiting = "waiting";  // not sent yet, tried again with the step
constexpr const char* kRefused = "refused";
constexpr const char* kDuplicate = "possible_duplicate";
constexpr const char* kUncertain = "uncertain";
constexpr const char* kConfirmed = "confirmed";  // by an operator (operator_moves.h)
constexpr std::size_t kMostAnswers = 200;

bool isSettled(const MessageRow& row) {
    return row.state == kSent || row.state == kConfirmed || row.state == kDuplicate ||
           row.state == kRefused || row.state == kUncertain;
}

MessageRow* findMessage(DossierRun& run, const std::string& id) {
    const auto found = std::find_if(run.messages.begin(), run.messages.end(),
                                    [&](const MessageRow& row) { return row.id == id; });
    return found == run.messages.end() ? nullptr : &*found;
}

// Rides along with the next commit.
void keepRow(DossierRun& run, const MessageRow& row) {
    if (MessageRow* held = findMessage(run, row.id)) {
        *held = row;
    } else {
        run.messages.push_back(row);
    }
    run.pending.messages.push_back(row);
}

void addAnswer(MessageRow& row, Json answer) {
    Json answers = storedJson(row.answersJson);
    if (!answers.is_array()) answers = Json::array();
    if (answers.size() < kMostAnswers) answers.push_back(std::move(answer));
    row.answersJson = dumpJson(answers);
}

bool mayHaveLeftBefore(const MessageRow& row) {
    const Json answers = storedJson(row.answersJson);
    return std::any_of(answers.begin(), answers.end(),
                       [](const Json& answer) { return textOf(answer, "phase") == "unknown"; });
}

void markUnknown(MessageRow& row, bool isResent, const std::string& why, std::int64_t nowMs) {
    addAnswer(row, {{"phase", "unknown"}, {"text", why}, {"at_unix_ms", nowMs}});
    row.state = isResent ? kWaiting : kUncertain;
}

// What one call means for its message.
void settleRow(MessageRow& row, const CallOutcome& outcome, bool isResent, std::int64_t nowMs) {
    const Json facts = storedJson(outcome.factsJson);
    for (const Json& answer : memberOf(facts, "answers"))
        addAnswer(row, answer);
    row.updatedMs = nowMs;
    const auto note = [&](const char* phase) {
        addAnswer(row, {{"phase", phase},
                        {"reason", reasonCode(outcome.reason)},
                        {"text", outcome.explanation},
                        {"at_unix_ms", nowMs}});
    };
    switch (outcome.verdict) {
        case Verdict::Done: {
            const Json& recipients = memberOf(facts, "recipients");
            const bool isRefused = recipients.size() == 1 && textOf(recipients[0], "state") == kRefused;
            row.state = isRefused ? kRefused : mayHaveLeftBefore(row) ? kDuplicate : kSent;
            break;
        }
        case Verdict::RetryLater:
            note("later");
            row.state = kWaiting;
            break;
        case Verdict::Uncertain: markUnknown(row, isResent, outcome.explanation, nowMs); break;
        default:
            note("rejected");
            row.state = kRefused;
            break;
    }
}

// Where a test may end the daemon: the server has the mail, the journal does not know it. There is nothing
// here that could fail; a coroutine cannot hold the macro's return.
Status messageAnswered() {
    GREFFE_FAILPOINT("message.answered");
    return {};
}

class Notify final : public StepAction {
public:
    std::string_view name() const override { return "notify"; }
    EffectClass effectClass() const override { return EffectClass::Once; }

    Json freeze(const DossierRun& run, const StepPlan& step, Json options,
                std::int64_t nowMs) const override {
        return freezeMessages(run, step, std::move(options), nowMs);
    }

    Task<StepEnd> run(StepContext& context) const override {
        StepEnd end = co_await sendAll(context, false);
        co_return end;
    }

    Task<StepEnd> reconcile(StepContext& context) const override {
        StepEnd end = co_await sendAll(context, true);
        co_return end;
    }

private:
    static Task<StepEnd> sendAll(StepContext& context, bool isAfterCrash) {
        const Json& params = context.params();
        if (const std::string problem = textOf(params, "problem"); !problem.empty())
            co_return StepEnd::rejected(Reason::ConfigurationError, problem);
        DossierRun& run = context.run();
        const bool isResent = textOf(params, "on_unknown", "resend") == "resend";
        if (isAfterCrash) judgeInterrupted(context, memberOf(params, "messages"), isResent);
        if (!isAfterCrash) reopen(run, memberOf(params, "messages"));

        std::vector<CallInput> inputs;
        for (const Json& attachment : memberOf(params, "attachments")) {
            const DocumentRow* document = findDocument(run, textOf(attachment, "id"));
            if (document == nullptr)
                co_return StepEnd::rejected(Reason::BytesLost,
                                            "a document to attach is not in the dossier any more");
            const DocumentRow row = *document;  // the list may grow while we wait
            auto input = co_await context.open(row);
            if (!input) co_return StepEnd::storage(input.error(), context.effect().attempt);
            inputs.push_back(*input);
        }

        CallOutcome trouble;  // the last call that did not end well
        trouble.verdict = Verdict::Done;
        for (const Json& message : memberOf(params, "messages")) {
            const MessageRow* known = findMessage(run, textOf(message, "message_id"));
            if (known != nullptr && isSettled(*known)) continue;
            MessageRow row = known != nullptr ? *known : newRow(context, message);
            noteRestored(context, row);
            row.state = kSending;
            row.updatedMs = context.nowMs();
            keepRow(run, row);
            const Status committed = co_await context.commitNow();
            if (!committed) co_return StepEnd::storage(committed.error(), context.effect().attempt);
            const CallRequest request = callRequest("notify.send", row.via, dumpJson(message), inputs);
            const CallOutcome outcome = co_await context.call(PoolKind::Providers, request, false);
            static_cast<void>(messageAnswered());
            settleRow(row, outcome, isResent, context.nowMs());
            keepRow(run, row);
            if (outcome.verdict == Verdict::Done) continue;
            trouble = outcome;
            // A server that is away is away for all of them; one that says "not now" to this address may take
            // others.
            if (outcome.verdict == Verdict::RetryLater && outcome.reason != Reason::ProviderError) break;
            if (outcome.verdict == Verdict::Rejected && outcome.reason != Reason::InvalidOptions) break;
        }
        co_return endOf(context, trouble);
    }

    // Found "sending" after a crash: may have left, may not. Only our own: another branch may be sending one
    // right now.
    static void judgeInterrupted(StepContext& context, const Json& messages, bool isResent) {
        DossierRun& run = context.run();
        for (const Json& message : messages) {
            const MessageRow* found = findMessage(run, textOf(message, "message_id"));
            if (found == nullptr || found->state != kSending) continue;
            MessageRow row = *found;
            markUnknown(row, isResent, "the daemon stopped while it was sent", context.nowMs());
            row.updatedMs = context.nowMs();
            keepRow(run, row);
        }
    }

    // The journal came back from a backup (control/restored_journal.h): this message may have left before
    // that.
    static void noteRestored(StepContext& context, MessageRow& row) {
        const auto& effects = context.run().effects;
        const bool isRestored = std::any_of(effects.begin(), effects.end(), [&](const EffectRow& effect) {
            return effect.step == context.step().id && effect.reason == reasonCode(Reason::Restored);
        });
        if (isRestored && !mayHaveLeftBefore(row))
            addAnswer(row,
                      {{"phase", "unknown"},
                       {"text", "it may have been sent after the backup that the journal came back from"},
                       {"at_unix_ms", context.nowMs()}});
    }

    // A step that runs though all its messages are settled was told to by a person: then refused and
    // uncertain ones are tried again. A retry of its own leaves them alone.
    static void reopen(DossierRun& run, const Json& messages) {
        for (const Json& message : messages) {
            const MessageRow* row = findMessage(run, textOf(message, "message_id"));
            if (row == nullptr || !isSettled(*row)) return;
        }
        const std::vector<MessageRow> rows = run.messages;
        for (MessageRow row : rows) {
            const bool isOurs = std::any_of(messages.begin(), messages.end(), [&](const Json& message) {
                return textOf(message, "message_id") == row.id;
            });
            if (!isOurs || (row.state != kRefused && row.state != kUncertain)) continue;
            row.state = kWaiting;
            keepRow(run, row);
        }
    }

    static const DocumentRow* findDocument(const DossierRun& run, const std::string& id) {
        const auto found = std::find_if(run.documents.begin(), run.documents.end(),
                                        [&](const DocumentRow& row) { return row.id == id; });
        return found == run.documents.end() ? nullptr : &*found;
    }

    static MessageRow newRow(StepContext& context, const Json& message) {
        MessageRow row;
        row.id = textOf(message, "message_id");
        row.dossier = context.run().id();
        row.step = context.step().id;
        row.via = textOf(context.params(), "via");
        row.recipient = textOf(message, "recipient");
        row.subject = textOf(message, "subject");
        row.createdMs = context.nowMs();
        return row;
    }

    // One verdict for all: first what can still be tried, then what a person must decide, then what was
    // refused.
    static StepEnd endOf(StepContext& context, const CallOutcome& trouble) {
        StepEnd end;
        Json messages = Json::array();
        std::map<std::string, std::size_t> states;
        std::size_t open = 0;
        for (const Json& message : memberOf(context.params(), "messages")) {
            const MessageRow* row = findMessage(context.run(), textOf(message, "message_id"));
            const std::string state = row != nullptr ? row->state : kWaiting;
            ++states[state];
            open += row == nullptr || !isSettled(*row) ? 1 : 0;
            messages.push_back({{"message_id", textOf(message, "message_id")},
                                {"recipient", textOf(message, "recipient")},
                                {"state", state}});
        }
        end.facts = {{"messages", messages},
                     {"sent", states[kSent] + states[kDuplicate]},
                     {"refused", states[kRefused]}};
        end.hasCrashed = trouble.hasCrashed;
        end.explanation = trouble.explanation;
        const bool isWholeStepRefused =
            trouble.verdict == Verdict::Rejected && trouble.reason != Reason::InvalidOptions;
        if (isWholeStepRefused) {
            end.verdict = Verdict::Rejected;
            end.reason = trouble.reason;
        } else if (open > 0) {
            end.verdict = Verdict::RetryLater;
            end.reason = trouble.reason == Reason::None ? Reason::OutcomeUnknown : trouble.reason;
            end.delaySeconds = trouble.delaySeconds;
        } else if (states[kUncertain] > 0) {
            end.verdict = Verdict::Uncertain;
            end.reason = Reason::OutcomeUnknown;
            end.explanation = fmt::format("{} of {} messages may or may not have left", states[kUncertain],
                                          messages.size());
        } else if (states[kRefused] == messages.size()) {
            end.verdict = Verdict::Rejected;
            end.reason = Reason::ProviderError;
            end.explanation = "every recipient was refused; the messages' history has the server's words";
        }
        return end;
    }
};

}  // namespace

const StepAction& notifyStep() {
    static const Notify step;
    return step;
}

}  // namespace greffe
