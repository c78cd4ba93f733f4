// SPDX-License-Identifier: Apache-2.0
// What can go wrong between a client and a service that keeps state. The question that matters for each of
// them is whether the call was carried out although its answer did not arrive: "effect" says so.
//
//   {"fault": "status", "status": 500}                  refused; nothing happened
//   {"fault": "status", "status": 500, "effect": true}  it happened, the answer says 500
//   {"fault": "silence", "ms": 30000}                   it happened, no answer; closed after that time
//   {"fault": "reset", "after_bytes": 0}                nothing happened, the connection is reset
//   {"fault": "cut", "after_bytes": 40}                 it happened, the answer ends early
// "effect" is false by default for "status" and "reset", true for the others.
#pragma once

#include "simulators/http_service.h"

#include <functional>
#include <string>
#include <vector>

namespace greffe::simulators {

// Those of http_service.h, "silence" and "body" {body}.
std::vector<std::string> serviceFaults();

// Carries the call out, or not, and spoils the answer.
HttpAnswer playServiceFault(const Json& fault, const std::function<HttpAnswer()>& carryOut);

}  // namespace greffe::simulators
