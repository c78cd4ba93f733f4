// SPDX-License-Identifier: Apache-2.0
// One change of a dossier by somebody outside the runner: borrow it, read its rows, compute the new ones,
// commit them with the audit row, give it back.
#pragma once

#include "control/operation.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace greffe {

inline constexpr std::chrono::milliseconds kNow{0};  // for ControlDesk::post

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

// Control thread. With a reply, Errc::Busy after the desk's idleLimit.
void beginMove(ControlDesk& desk, const MovePtr& move);

}  // namespace greffe
