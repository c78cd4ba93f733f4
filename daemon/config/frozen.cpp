// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"
#include "config/compile.h"
#include "config/schema.h"

namespace greffe {

std::vector<FrozenChange> compareFrozen(const Plan& running, const Plan& next) {
    // The names of settings are the keys of the plan's text: one list serves both.
    const auto settingsOf = [](const Plan& plan) {
        Plan only;
        only.settings = plan.settings;
        return memberOf(storedJson(planText(only)), "settings");
    };
    const Json before = settingsOf(running);
    const Json after = settingsOf(next);
    std::vector<FrozenChange> changes;
    for (const Option& option : findSchema(SchemaGroup::Settings, "settings")->options) {
        const std::string was = dumpJson(memberOf(before, option.name));
        const std::string becomes = dumpJson(memberOf(after, option.name));
        if (option.isFrozen && was != becomes) changes.push_back({option.name, was, becomes});
    }
    return changes;
}

}  // namespace greffe
