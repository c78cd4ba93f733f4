// SPDX-License-Identifier: Apache-2.0
// Operators move dossiers. Each move: borrow the dossier from the runner, read its rows, compute the new
// ones, commit them with the audit row, give it back.
#include "base/bytes_text.h"
#include "control/operation.h"
#include "dossier/dossier_state.h"
#include "store/event_wait.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

using Kind = ParameterSpec::Kind;
using CallPtr = std::shared_ptr<OperationCall>;
using Release = std::function<void()>;
constexpr std::chrono::milliseconds kNow{0};

// What a move makes of the rows as they are once the dossier is borrowed.
using Compose = std::function<Result<OperatorMove>(const DossierRows& rows, const OperatorWord& word)>;

// One move on its way. On the control thread throughout.
struct Move {
    std::string dossier;
    std::string actor, reason;
    Compose compose;
    std::shared_ptr<ControlReply> reply;  // none for a wake that nobody waits for
    bool isSettled = false;               // begun, or given up

    void finish(Result<Json> result) const {
        if (reply) reply->finish(std::move(result));
    }
};
using MovePtr = std::shared_ptr<Move>;

void commitMove(ControlDesk& desk, const MovePtr& move, const OperatorMove& rows, const Release& release) {
    desk.journal.submit([rows](StoreTransaction& tx) { return rows.write(tx); },
                        [move, release, state = rows.dossier.state](Status status) {
                            release();
                            if (!status) return move->finish(status.error());
                            move->finish(Json{{"dossier", move->dossier}, {"state", stateName(state)}});
                        });
}

void makeMove(ControlDesk& desk, const MovePtr& move, const Release& release) {
    const auto giveUp = [&](const Error& error) {
        release();
        move->finish(error);
    };
    auto rows = readDossierRows(*desk.reader, move->dossier);
    if (!rows) return giveUp(rows.error());
    auto made = move->compose(*rows, {move->actor, move->reason, desk.nowMs()});
    if (!made) return giveUp(made.error());
    if (!made->mustTakeFileBack) return commitMove(desk, move, *made, release);
    // The file first: were the rows first, a crash in between would leave it in quarantine/ for good. The
    // other way round the operator asks again.
    desk.house.takeFileBack(rows->dossier,
                            [&desk, post = desk.post, move, release, rows = *made](const Status& status) {
                                post(
                                    [&desk, move, release, rows, status] {
                                        if (status) return commitMove(desk, move, rows, release);
                                        release();
                                        move->finish(status.error());
                                    },
                                    kNow);
                            });
}

void begin(ControlDesk& desk, const MovePtr& move) {
    if (move->reply)
        desk.post(
            [move] {
                if (std::exchange(move->isSettled, true)) return;
                move->finish(makeError(Errc::Busy, fmt::format("dossier {} is under way", move->dossier),
                                       "its step takes long; try again in a moment"));
            },
            desk.idleLimit);
    desk.house.whenIdle(move->dossier, [&desk, post = desk.post, move](const Release& release) {
        post(
            [&desk, move, release] {
                if (std::exchange(move->isSettled, true)) return release();
                makeMove(desk, move, release);
            },
            kNow);
    });
}

void moveDossier(ControlDesk& desk, const CallPtr& call, const std::string& dossier, Compose compose) {
    const auto known = desk.reader->dossier(dossier);
    if (!known) return call->reply->finish(known.error());
    if (!*known) return call->reply->finish(readDossierRows(*desk.reader, dossier).error());
    auto move = std::make_shared<Move>();
    move->dossier = dossier;
    move->actor = call->actor;
    move->reason = textOf(call->params, "reason");
    move->compose = std::move(compose);
    move->reply = call->reply;
    begin(desk, move);
}

void release(ControlDesk& desk, const CallPtr& call) {
    moveDossier(desk, call, textOf(call->params, "dossier"),
                [&desk](const DossierRows& rows, const OperatorWord& word) {
                    const auto running = desk.house.running();
                    return releaseDossier(rows, *running->plan, running->id, word);
                });
}

void retry(ControlDesk& desk, const CallPtr& call) {
    moveDossier(desk, call, textOf(call->params, "dossier"),
                [&desk](const DossierRows& rows, const OperatorWord& word) {
                    if (rows.dossier.state != DossierState::Quarantined) return retryDossier(rows, word);
                    const auto running = desk.house.running();
                    return releaseDossier(rows, *running->plan, running->id, word);
                });
}

void resolve(ControlDesk& desk, const CallPtr& call) {
    const Json& params = call->params;
    const bool hasHappened = boolOf(params, "happened");
    const Json facts = memberOf(params, "facts");
    moveDossier(desk, call, textOf(params, "dossier"),
                [hasHappened, facts, step = textOf(params, "step")](const DossierRows& rows,
                                                                    const OperatorWord& word) {
                    return resolveDossier(rows, hasHappened, step, facts, word);
                });
}

void cancel(ControlDesk& desk, const CallPtr& call) {
    moveDossier(desk, call, textOf(call->params, "dossier"),
                [](const DossierRows& rows, const OperatorWord& word) { return cancelDossier(rows, word); });
}

Result<TaskRow> openTask(StoreReader& reader, const std::string& dossier, const std::string& id) {
    // Without a dossier only open ones are looked at: there are few of them, however old the house is.
    GREFFE_TRY_ASSIGN(const std::vector<TaskRow> tasks, reader.tasks(dossier, dossier.empty()));
    const auto found =
        std::find_if(tasks.begin(), tasks.end(), [&](const TaskRow& row) { return row.id == id; });
    if (found == tasks.end())
        return makeError(Errc::NotFound, fmt::format("there is no open task {}", displayText(id)),
                         "greffe task list shows those there are");
    return *found;
}

void answer(ControlDesk& desk, const CallPtr& call) {
    const std::string id = textOf(call->params, "task");
    auto task = openTask(*desk.reader, "", id);
    if (!task) return call->reply->finish(task.error());
    moveDossier(desk, call, task->dossier,
                [&desk, id, answer = textOf(call->params, "answer")](
                    const DossierRows& rows, const OperatorWord& word) -> Result<OperatorMove> {
                    // Read again: somebody else may have answered while the dossier was under way.
                    GREFFE_TRY_ASSIGN(const TaskRow asked, openTask(*desk.reader, rows.dossier.id, id));
                    return answerTask(rows, asked, answer, word);
                });
}

struct Event {
    InboxRow inbox;
    std::string waitKey;
    AuditRow audit;
    std::vector<std::string> dossiers;  // that wait for it
    bool isNew = true;
};

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
    if (const Status found = findWaiting(desk, *event); !found) return call->reply->finish(found.error());
    for (const std::string& dossier : event->dossiers) {
        auto wake = std::make_shared<Move>();
        wake->dossier = dossier;
        wake->actor = call->actor;
        wake->reason = textOf(call->params, "reason");
        wake->compose = [event](const DossierRows& rows, const OperatorWord& word) {
            return wakeDossier(rows, event->waitKey,
                               {{"provider", event->inbox.provider}, {"event", event->inbox.eventId}}, word);
        };
        begin(desk, wake);
    }
    call->reply->finish(Json{{"is_new", event->isNew}, {"dossiers", event->dossiers}});
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
    event->audit.atMs = event->inbox.receivedMs;
    event->audit.actor = call->actor;
    event->audit.action = "event received";
    event->audit.dossier = event->inbox.dossier;
    event->audit.detailJson = dumpJson({{"provider", event->inbox.provider},
                                        {"event", event->inbox.eventId},
                                        {"sha256", toHex(sha256(event->inbox.body))},
                                        {"reason", textOf(params, "reason")}});
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

}  // namespace

std::vector<Operation> moveOperations() {
    const ParameterSpec dossier{"dossier", Kind::Text, true};
    const ParameterSpec reason{"reason", Kind::Text, true};
    return {{"dossier.retry", {dossier, reason}, retry},
            {"dossier.resolve",
             {dossier, reason, {"happened", Kind::Flag, true}, {"step"}, {"facts", Kind::Object}},
             resolve},
            {"dossier.cancel", {dossier, reason}, cancel},
            {"quarantine.release", {dossier, reason}, release},
            {"task.answer", {{"task", Kind::Text, true}, {"answer", Kind::Text, true}, {"reason"}}, answer},
            {"event.send",
             {{"provider", Kind::Text, true}, {"event", Kind::Text, true}, {"about"}, {"body"}, reason},
             sendEvent}};
}

}  // namespace greffe
