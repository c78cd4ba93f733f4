// SPDX-License-Identifier: Apache-2.0
// The door of a test into the running simulators:
//
//   GET    /                        their names; the page for a browser (page.h)
//   GET    /page                    the page
//   GET    /ready                   where the services listen, as in the ready line
//   POST   /script  [ … ]           plays it and says how it ended (script.h)
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

#include <atomic>
#include <map>
#include <memory>
#include <string>

namespace greffe::simulators {

using Running = std::map<std::string, std::unique_ptr<Simulator>>;

// `ready`: what start() said of each. A script ends early when `stopping` becomes true.
HttpAnswer answerAdmin(const Running& running, const Json& ready, const std::atomic<bool>& stopping,
                       const HttpQuestion& question);

}  // namespace greffe::simulators
