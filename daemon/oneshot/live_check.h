// SPDX-License-Identifier: Apache-2.0
// greffe check --live: whether what a configuration names is there, as this user, on this machine, now:
// folders that can be written, secrets that can be read, keys that open, services that answer. Nothing is
// sealed, sent or stored; of a service only its health is asked for (plugin-api/SPEC.md says what that may
// be), and of a mail server its greeting.
#pragma once

#include "app/house_paths.h"
#include "config/plan.h"
#include "oneshot/one_shot.h"

#include <memory>
#include <string>
#include <vector>

namespace greffe {

struct LiveFinding {
    std::string what;  // "key office", "intake leases", "lua pool"
    bool isGood = false;
    std::string text;  // what was found, or what is wrong and what to do
};

// In the order: spool, intakes, pools, instances. `began` hears what is looked at. May take as long as the
// slowest service's own time limit.
std::vector<LiveFinding> checkLive(const HousePaths& paths, const std::shared_ptr<const Plan>& plan,
                                   const OneShot::Began& began);

}  // namespace greffe
