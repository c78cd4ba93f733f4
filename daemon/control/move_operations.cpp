// SPDX-License-Identifier: Apache-2.0
// Operators move dossiers. Each move: borrow the dossier from the runner, read its rows, compute the new
// ones, commit them with the audit row, give it back.
#include "base/bytes_text.h"
#include "control/dossier_move.h"
#include "control/operation.h"
#include "dossier/dossier_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace greffe {
namespace {

using Kind = ParameterSpec::Kind;
using CallPtr = std::shared_ptr<OperationCall>;
using Release = std::function<void()>;

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
    beginMove(desk, move);
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

}  // namespace

void beginMove(ControlDesk& desk, const MovePtr& move) {
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

std::vector<Operation> moveOperations() {
    const ParameterSpec dossier{"dossier", Kind::Text, true};
    const ParameterSpec reason{"reason", Kind::Text, true};
    return {{"dossier.retry", {dossier, reason}, retry},
            {"dossier.resolve",
             {dossier, reason, {"happened", Kind::Flag, true}, {"step"}, {"facts", Kind::Object}},
             resolve},
            {"dossier.cancel", {dossier, reason}, cancel},
            {"quarantine.release", {dossier, reason}, release},
            {"task.answer", {{"task", Kind::Text, true}, {"answer", Kind::Text, true}, {"reason"}}, answer}};
}

}  // namespace greffe
