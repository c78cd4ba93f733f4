// SPDX-License-Identifier: Apache-2.0
// May this plugin be loaded by this Greffe? Both values stand in every refusal, so that the reader knows
// which side to replace without asking anybody.
#pragma once

#include "base/result.h"

#include <greffe/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe {

// What one side says about itself. For the host: hostAbi().
struct AbiFacts {
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
    std::string buildTag;
    std::string version;  // the host's own version, or the oldest host that the plugin works with
};

const AbiFacts& hostAbi();

// Equal majors, the plugin's minor at most the host's, equal build tags, a host that is new enough.
// Errc::Unsupported: "plugin sign-x: ABI 2.0, this Greffe offers 1.0".
Status checkAbi(std::string_view pluginId, const AbiFacts& plugin, const AbiFacts& host = hostAbi());

// The descriptor of a loaded library is readable: magic, a size of at least ours, no null where text must be.
Status checkDescriptorShape(std::string_view pluginId, const PluginDescriptor& descriptor);

// "1.4", "1.4.0" → comparable numbers; missing parts are 0. False for what is not a version.
bool parseVersion(std::string_view text, std::uint64_t& comparable);

}  // namespace greffe
