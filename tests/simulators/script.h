// SPDX-License-Identifier: Apache-2.0
// A sequence of what is to happen, played without anybody at the admin door: a JSON array of steps, one after
// the other.
//
//   [{"on": "yousign", "faults": [{"at": "activate", "fault": "status", "status": 503}]},
//    {"on": "yousign", "until": {"path": "/state/signature_requests/0/status", "is": "ongoing"},
//     "within_ms": 60000},
//    {"wait_ms": 500},
//    {"on": "yousign", "do": "sign", "with": {"signer": 0}},
//    {"on": "yousign", "reset": true}]
//
// "until" looks at what came in (GET /NAME/received) by a JSON pointer, every few milliseconds, for
// "within_ms" (10000). A step that fails ends the script.
#pragma once

#include "simulators/admin.h"

#include <atomic>
#include <string>

namespace greffe::simulators {

class Script {
public:
    // Errc::Invalid names the step and what is wrong with it.
    static Result<Script> parse(const Json& steps);

    // {"steps": how many were played, "done": all of them, "error": of the one that failed}. Ends early, as
    // not done, when `stopping` becomes true.
    Json play(const Running& running, const std::atomic<bool>& stopping) const;

    // The steps before the first that waits: played before anybody knows that the simulators listen, they
    // hold from the first call on.
    Script head() const;
    // The others.
    Script tail() const;

private:
    explicit Script(Json steps, std::size_t before = 0) : steps_(std::move(steps)), before_(before) {}

    std::size_t waitsAt() const;

    Json steps_;
    std::size_t before_;  // steps that another part of the script plays
};

}  // namespace greffe::simulators
