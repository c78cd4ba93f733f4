// SPDX-License-Identifier: Apache-2.0
// "intake.fetch": settles what the engine has committed, then waits for more. README.md of this folder has
// the design.
//
//   params   {"max": 16, "wait_ms": 1000, "acknowledge": ["1:7"], "reject": [{"id", "reason", "text"}]}
//   facts    {"items": [{"id", "artifact", and what the plugin said: "name", "media_type", "redelivered",
//   …}]} artifacts   "item-001" …: their bytes
#pragma once

#include "workers/call.h"

#include <greffe/capability/intake.h>

namespace greffe {

CallOutcome fetchFromQueue(Intake& intake, const CallRequest& request);

}  // namespace greffe
