// SPDX-License-Identifier: Apache-2.0
// The door of a test into the running simulators:
//
//   GET    /                        their names
//   GET    /NAME/received           what came in
//   GET    /NAME/received/ID        the raw bytes of one of them
//   GET    /NAME/faults             what has still to happen
//   PUT    /NAME/faults   [ … ]     what is to happen next (fault_plan.h)
//   GET    /NAME/do                 what can be made to happen
//   POST   /NAME/do/WHAT  { … }     makes it happen
//   GET    /NAME/deliveries         the webhooks sent, and those that wait
//   POST   /NAME/reset              forget what came in, and the faults
#pragma once

#include "simulators/http_service.h"
#include "simulators/simulator.h"

#include <map>
#include <memory>
#include <string>

namespace greffe::simulators {

using Running = std::map<std::string, std::unique_ptr<Simulator>>;

HttpAnswer answerAdmin(const Running& running, const HttpQuestion& question);

}  // namespace greffe::simulators
