// SPDX-License-Identifier: Apache-2.0
// What a branch waits for that waits for an event: its BranchRow::waitKey, taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace greffe {

struct EventWait {
    std::string provider;  // who tells of it: a name of the configuration, without a colon
    std::string about;     // a dossier's id, or the provider's own; anything

    // "event:<provider>:<about>"
    std::string key() const;
    // Nothing for a branch that waits for something else.
    static std::optional<EventWait> of(std::string_view waitKey);
};

}  // namespace greffe
