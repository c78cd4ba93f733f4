// SPDX-License-Identifier: Apache-2.0
#include "loader/abi_check.h"

#include <greffe/abi.h>
#include <greffe/version.h>

#include <fmt/format.h>

namespace greffe {

const AbiFacts& hostAbi() {
    static const AbiFacts facts{kAbiMajor, kAbiMinor, GREFFE_BUILD_TAG, GREFFE_VERSION};
    return facts;
}

bool parseVersion(std::string_view text, std::uint64_t& comparable) {
    std::uint64_t parts[3] = {};
    std::size_t part = 0;
    bool hasDigit = false;
    for (const char c : text) {
        if (c >= '0' && c <= '9') {
            parts[part] = parts[part] * 10 + static_cast<std::uint64_t>(c - '0');
            if (parts[part] > 99'999) return false;
            hasDigit = true;
        } else if (c == '.' && hasDigit && part < 2) {
            ++part;
            hasDigit = false;
        } else {
            return false;
        }
    }
    if (!hasDigit) return false;
    comparable = (parts[0] * 100'000 + parts[1]) * 100'000 + parts[2];
    return true;
}

Status checkAbi(std::string_view pluginId, const AbiFacts& plugin, const AbiFacts& host) {
    if (plugin.major != host.major || plugin.minor > host.minor) {
        const bool isPluginNewer = plugin.major > host.major || plugin.major == host.major;
        return makeError(Errc::Unsupported,
                         fmt::format("plugin {}: ABI {}.{}, this Greffe offers {}.{}", pluginId, plugin.major,
                                     plugin.minor, host.major, host.minor),
                         isPluginNewer ? "upgrade Greffe, or install an older version of the plugin"
                                       : "install a version of the plugin that was built for this Greffe");
    }
    if (plugin.buildTag != host.buildTag)
        return makeError(Errc::Unsupported,
                         fmt::format("plugin {}: built as \"{}\", this Greffe is \"{}\"", pluginId,
                                     plugin.buildTag, host.buildTag),
                         "build the plugin on this machine's system with the same compiler settings");
    std::uint64_t needed = 0;
    std::uint64_t offered = 0;
    if (!parseVersion(plugin.version, needed) || !parseVersion(host.version, offered))
        return makeError(
            Errc::Invalid,
            fmt::format("plugin {}: \"{}\" is not a version of Greffe", pluginId, plugin.version),
            "the plugin's author writes it as \"0.1\"");
    if (needed > offered)
        return makeError(Errc::Unsupported,
                         fmt::format("plugin {}: needs Greffe {}, this is Greffe {}", pluginId,
                                     plugin.version, host.version),
                         "upgrade Greffe, or install an older version of the plugin");
    return {};
}

Status checkDescriptorShape(std::string_view pluginId, const PluginDescriptor& descriptor) {
    if (descriptor.magic != kDescriptorMagic)
        return makeError(Errc::Corrupt, fmt::format("plugin {}: descriptor starts with {:#x}, expected {:#x}",
                                                    pluginId, descriptor.magic, kDescriptorMagic));
    if (descriptor.structSize < sizeof(PluginDescriptor))
        return makeError(Errc::Unsupported,
                         fmt::format("plugin {}: descriptor of {} bytes, this Greffe needs {}", pluginId,
                                     descriptor.structSize, sizeof(PluginDescriptor)));
    if (descriptor.buildTag == nullptr || descriptor.id == nullptr || descriptor.version == nullptr ||
        descriptor.summary == nullptr || descriptor.sandbox == nullptr ||
        descriptor.requiresHost == nullptr || descriptor.capabilities == nullptr ||
        descriptor.optionsSchema == nullptr || descriptor.create == nullptr)
        return makeError(Errc::Corrupt,
                         fmt::format("plugin {}: a member of its descriptor is null", pluginId));
    return {};
}

}  // namespace greffe
