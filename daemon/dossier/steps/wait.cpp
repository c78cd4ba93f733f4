// SPDX-License-Identifier: Apache-2.0
// wait: for some time, a date, or an event that somebody sends for this dossier.
//
// An event may come before the wait: it is in the inbox then and ends the wait at once. Each event ends one
// wait only, the oldest first.
#include "dossier/steps/steps.h"
#include "dossier/steps/waiting.h"
#include "store/event_wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace greffe {
namespace {

// Midnight UTC of "2026-12-31"; 0 when it is not a date.
std::int64_t dateUnixMs(const std::string& date) {
    std::tm parts{};
    const char* end = strptime(date.c_str(), "%Y-%m-%d", &parts);
    if (end == nullptr || *end != '\0') return 0;
    return static_cast<std::int64_t>(timegm(&parts)) * 1'000;
}

// Whether an earlier wait of this dossier ended with it.
bool isConsumed(const DossierRun& run, const InboxRow& event) {
    return std::any_of(run.effects.begin(), run.effects.end(), [&](const EffectRow& effect) {
        if (effect.state != EffectState::Done) return false;
        const Json facts = storedJson(effect.factsJson);
        return textOf(facts, "event") == event.provider && textOf(facts, "event_id") == event.eventId;
    });
}

class Wait final : public StepAction {
public:
    std::string_view name() const override { return "wait"; }
    EffectClass effectClass() const override { return EffectClass::Idempotent; }

    Json freeze(const DossierRun&, const StepPlan&, Json options, std::int64_t nowMs) const override {
        freezeExpiry(options, nowMs);
        if (const std::int64_t seconds = numberOf(options, "for_seconds"); seconds > 0)
            options["due_unix_ms"] = nowMs + seconds * 1'000;
        if (const std::string date = textOf(options, "until_date"); !date.empty())
            options["due_unix_ms"] = dateUnixMs(date);
        return options;
    }

    Task<StepEnd> run(StepContext& context) const override {
        const std::string event = textOf(context.params(), "for_event");
        if (event.empty()) co_return waitUntil(context);
        if (const InboxRow* came = findEvent(context.run(), event)) {
            StepEnd end;
            end.facts = {{"event", came->provider},
                         {"event_id", came->eventId},
                         {"received_unix", came->receivedMs / 1000},
                         {"data", storedJson(came->body)}};
            if (end.facts["data"].is_discarded()) end.facts["data"] = nullptr;
            co_return end;
        }
        const std::int64_t expiresMs = expiryOf(context.params());
        if (expiresMs != 0 && context.nowMs() >= expiresMs)
            co_return expiredEnd(context.step(), fmt::format("the event \"{}\" did not come in time", event));
        co_return StepEnd::waiting(EventWait{event, context.run().id()}.key(), expiresMs,
                                   {{"waits_for", event}});
    }

private:
    static StepEnd waitUntil(StepContext& context) {
        const std::int64_t dueMs = numberOf(context.params(), "due_unix_ms");
        if (dueMs == 0)
            return StepEnd::rejected(Reason::ConfigurationError,
                                     fmt::format("\"{}\" is not a date such as 2026-12-31",
                                                 textOf(context.params(), "until_date")));
        if (context.nowMs() < dueMs) return StepEnd::waiting("time", dueMs, {{"until_unix", dueMs / 1000}});
        StepEnd end;
        end.facts = {{"until_unix", dueMs / 1000}};
        return end;
    }

    static const InboxRow* findEvent(const DossierRun& run, const std::string& event) {
        for (const InboxRow& row : run.events)
            if (row.provider == event && !isConsumed(run, row)) return &row;
        return nullptr;
    }
};

}  // namespace

const StepAction& waitStep() {
    static const Wait step;
    return step;
}

}  // namespace greffe
