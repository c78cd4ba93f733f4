// SPDX-License-Identifier: Apache-2.0
// News from outside: an event that somebody sends by hand or by program, and a provider's webhook. Either is
// in the inbox before anybody acts on it; whoever waits for it is woken afterwards.
#include "base/bytes_text.h"
#include "control/dossier_move.h"
#include "control/operation.h"
#include "dossier/dossier_state.h"
#include "store/event_wait.h"
#include "workers/call.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

using Kind = ParameterSpec::Kind;
using CallPtr = std::shared_ptr<OperationCall>;
constexpr std::int64_t kHookDeadlineMs = 10'000;

struct Event {
    InboxRow inbox;
    std::string waitKey;
    AuditRow audit;
    std::vector<std::string> dossiers;  // that wait for it
    bool isNew = true;
};

// A hook may be answered before everything is done that follows from it.
void finish(const CallPtr& call, Result<Json> result) {
    if (call->reply) call->reply->finish(std::move(result));
}

// Adds those that wait for it now.
Status findWaiting(ControlDesk& desk, Event& event) {
    GREFFE_TRY_ASSIGN(const std::vector<BranchRow> waiting, desk.reader->waitingFor(event.waitKey));
    for (const BranchRow& branch : waiting)
        if (std::find(event.dossiers.begin(), event.dossiers.end(), branch.dossier) == event.dossiers.end())
            event.dossiers.push_back(branch.dossier);
    return {};
}

// Whom the event is for. What would reach nobody is refused, and so is an id that means another event
// already: its second telling counts for nothing.
Status address(ControlDesk& desk, const std::string& about, Event& event) {
    GREFFE_TRY(findWaiting(desk, event));
    GREFFE_TRY_ASSIGN(const auto named, desk.reader->dossier(about));
    if (!event.dossiers.empty())
        event.inbox.dossier = event.dossiers.front();
    else if (named)
        event.inbox.dossier = about;  // it does not wait yet: its wait will find the event
    GREFFE_TRY_ASSIGN(const auto earlier, desk.reader->event(event.inbox.provider, event.inbox.eventId));
    if (earlier && !event.inbox.dossier.empty() && earlier->dossier != event.inbox.dossier)
        return makeError(
            Errc::Exists,
            fmt::format("event \"{}\" of {} was told before, about dossier {}; nothing was kept for {}",
                        displayText(event.inbox.eventId), displayText(event.inbox.provider),
                        earlier->dossier.empty() ? "none" : earlier->dossier, event.inbox.dossier),
            "give this event an id of its own");
    if (earlier) return {};
    if (event.inbox.dossier.empty())
        return makeError(
            Errc::NotFound,
            fmt::format("nobody waits for an event of {} about \"{}\", and there is no dossier of that id",
                        displayText(event.inbox.provider), displayText(about)),
            "greffe shape shows what is waited for; name the dossier (greffe event send … --about DOSSIER)");
    if (event.dossiers.empty() && isFinal(named->state))
        return makeError(Errc::Invalid,
                         fmt::format("dossier {} has ended ({}): nothing in it will wait for this event",
                                     named->id, stateName(named->state)));
    return {};
}

// Once the event is committed. A dossier whose wait was being committed at that moment saw no event, and was
// not seen waiting before: so look again, as the runner does on its side (settleWaiting). Whoever comes
// second sees the other.
void wakeAll(ControlDesk& desk, const CallPtr& call, const std::shared_ptr<Event>& event) {
    if (const Status found = findWaiting(desk, *event); !found) return finish(call, found.error());
    for (const std::string& dossier : event->dossiers) {
        auto wake = std::make_shared<Move>();
        wake->dossier = dossier;
        wake->actor = call->actor;
        wake->reason = textOf(call->params, "reason");
        wake->compose = [event](const DossierRows& rows, const OperatorWord& word) {
            return wakeDossier(rows, event->waitKey,
                               {{"provider", event->inbox.provider}, {"event", event->inbox.eventId}}, word);
        };
        beginMove(desk, wake);
    }
    finish(call, Json{{"is_new", event->isNew}, {"dossiers", event->dossiers}});
}

AuditRow receivedAudit(const Event& event, const std::string& actor, const std::string& reason) {
    AuditRow audit;
    audit.atMs = event.inbox.receivedMs;
    audit.actor = actor;
    audit.action = "event received";
    audit.dossier = event.inbox.dossier;
    audit.detailJson = dumpJson({{"provider", event.inbox.provider},
                                 {"event", event.inbox.eventId},
                                 {"sha256", toHex(sha256(event.inbox.body))},
                                 {"reason", reason}});
    return audit;
}

// The event is in the inbox before anybody acts on it; whoever waits is woken afterwards, however long that
// takes.
void sendEvent(ControlDesk& desk, const CallPtr& call) {
    const Json& params = call->params;
    auto event = std::make_shared<Event>();
    event->inbox.provider = textOf(params, "provider");
    event->inbox.eventId = textOf(params, "event");
    event->inbox.body = textOf(params, "body");
    event->inbox.receivedMs = desk.nowMs();
    const std::string about = textOf(params, "about", event->inbox.eventId);
    event->waitKey = EventWait{event->inbox.provider, about}.key();
    if (const Status addressed = address(desk, about, *event); !addressed)
        return call->reply->finish(addressed.error());
    event->audit = receivedAudit(*event, call->actor, textOf(params, "reason"));
    desk.journal.submit(
        [event](StoreTransaction& tx) -> Status {
            GREFFE_TRY(tx.insertInbox(event->inbox));
            return tx.appendAudit(event->audit);
        },
        [&desk, post = desk.post, call, event, about](const Status& status) {
            event->isNew = status.ok();
            if (!status && status.error().code != Errc::Exists) return call->reply->finish(status.error());
            // An event that is told twice is no error; whoever still waits for it is woken all the same.
            post(
                [&desk, call, event, about] {
                    // Another of its id may have been committed since it was addressed.
                    const Status addressed = event->isNew ? Status() : address(desk, about, *event);
                    if (!addressed) return call->reply->finish(addressed.error());
                    wakeAll(desk, call, event);
                },
                kNow);
        });
}

// A webhook says that there is something to look at, no more; but it may come before the answer to the call
// that it is about, or while the step that it is for looks for itself. So what nobody waits for at the moment
// is looked at again a few times. Nothing is kept of it meanwhile: the step also looks without it.
constexpr std::size_t kMostHooksAside = 200;  // of 256 KiB each, at most
constexpr std::chrono::seconds kLookAgain[] = {std::chrono::seconds(2), std::chrono::seconds(10),
                                               std::chrono::seconds(60)};

void wakeForHook(ControlDesk& desk, const CallPtr& call, const std::shared_ptr<Event>& event,
                 std::size_t looks) {
    if (looks > 0) --desk.hooksAside;
    if (const Status found = findWaiting(desk, *event); !found) return finish(call, found.error());
    if (event->dossiers.empty()) {
        finish(call, Json{{"is_new", true}, {"dossiers", Json::array()}});
        if (looks == std::size(kLookAgain) || desk.hooksAside == kMostHooksAside) return;
        ++desk.hooksAside;
        auto unanswered = std::make_shared<OperationCall>();
        unanswered->actor = call->actor;
        unanswered->params = {{"reason", "webhook"}};
        desk.post([&desk, unanswered, event, looks] { wakeForHook(desk, unanswered, event, looks + 1); },
                  kLookAgain[looks]);
        return;
    }
    event->inbox.dossier = event->dossiers.front();
    event->audit = receivedAudit(*event, call->actor, "webhook");
    desk.journal.submit(
        [event](StoreTransaction& tx) -> Status {
            GREFFE_TRY(tx.insertInbox(event->inbox));
            return tx.appendAudit(event->audit);
        },
        [&desk, post = desk.post, call, event](const Status& status) {
            event->isNew = status.ok();
            if (!status && status.error().code != Errc::Exists) return finish(call, status.error());
            post([&desk, call, event] { wakeAll(desk, call, event); }, kNow);
        });
}

void judgeHook(ControlDesk& desk, const CallPtr& call, const CallOutcome& outcome) {
    if (outcome.verdict != Verdict::Done) {
        const bool isForged = outcome.reason == Reason::Unauthorized;
        const bool isLater = outcome.verdict == Verdict::RetryLater && !isForged;
        return finish(call, makeError(isForged  ? Errc::Denied
                                      : isLater ? Errc::Busy
                                                : Errc::Invalid,
                                      outcome.explanation));
    }
    const Json facts = storedJson(outcome.factsJson);
    auto event = std::make_shared<Event>();
    event->inbox.provider = textOf(call->params, "provider");
    event->inbox.eventId = textOf(facts, "event_id");
    event->inbox.body = textOf(call->params, "body");
    event->inbox.receivedMs = desk.nowMs();
    const std::string about = textOf(facts, "remote_id");
    if (event->inbox.eventId.empty())
        return finish(call, makeError(Errc::Invalid, "the plugin found no id in the event"));
    if (about.empty()) return finish(call, Json{{"is_new", true}, {"dossiers", Json::array()}});
    event->waitKey = EventWait{event->inbox.provider, about}.key();
    wakeForHook(desk, call, event, 0);
}

// Whether it is the provider's own, its plugin says, in the providers pool: what came in is not parsed here.
void receiveHook(ControlDesk& desk, const CallPtr& call) {
    const std::string provider = textOf(call->params, "provider");
    const auto running = desk.house.running();
    if (running->plan->findInstance("signature_provider", provider) == nullptr)
        return finish(call, makeError(Errc::NotFound, fmt::format("there is no signature provider \"{}\"",
                                                                  displayText(provider))));
    CallRequest request;
    request.operation = "sign.event";
    request.instance = provider;
    request.deadlineMs = kHookDeadlineMs;
    request.attachments = {{"headers", textOf(call->params, "headers")},
                           {"body", textOf(call->params, "body")}};
    desk.house.callProvider(
        running->id, std::move(request), [&desk, post = desk.post, call](CallOutcome outcome) {
            post([&desk, call, outcome = std::move(outcome)] { judgeHook(desk, call, outcome); }, kNow);
        });
}

}  // namespace

std::vector<Operation> eventOperations() {
    const ParameterSpec reason{"reason", Kind::Text, true};
    return {{"event.send",
             {{"provider", Kind::Text, true}, {"event", Kind::Text, true}, {"about"}, {"body"}, reason},
             sendEvent},
            {"hook.receive", {{"provider", Kind::Text, true}, {"headers"}, {"body"}}, receiveHook}};
}

}  // namespace greffe
