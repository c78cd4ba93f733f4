// SPDX-License-Identifier: Apache-2.0
// What a plugin file says about itself, read from its ELF section "greffe_metadata" without loading it:
// discovery and `greffe check` never run a stranger's constructors.
//
// Thread-safe (no state).
#pragma once

#include "base/result.h"
#include "loader/abi_check.h"
#include "sys/files.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

struct PluginMetadata {
    std::string path;  // absolute
    FileFacts file;  // as it was when the section was read; the library is loaded only while they still hold
    AbiFacts abi;    // abi.version: the oldest Greffe it works with
    std::string id;  // "sign-yousign"
    std::string version;
    std::string summary;
    std::string sandbox;  // "documents", "converters", "providers" or "keys"
    std::vector<std::string> capabilities;
    std::string optionsSchema;  // JSON text, as in the section
    // Of the host's list, for plugins of the pool converters: "programs" in the options schema.
    std::vector<std::string> programs;

    bool offers(std::string_view capability) const;
};

// Checks the file first: absolute path, regular, not a link, owned by root or by this process's user,
// writable by nobody else, in a directory of which the same is true; whole. Then the section, then that its
// id is the file's name. A plugin of another ABI major is Errc::Unsupported with both values: what else its
// section holds is not looked at.
Result<PluginMetadata> readMetadata(const std::string& path);

// The text of a section. `path` supplies the expected id ("<id>.so") and stands in the messages.
Result<PluginMetadata> parseMetadata(std::string_view sectionText, const std::string& path);

// "kind-name": lower-case words of letters and digits joined by '-', two at least.
bool isPluginId(std::string_view id);
// "name/1": the name as above (one word is enough), a revision of 1 to 999.
bool isCapabilityId(std::string_view id);
// Pools that a plugin may name.
bool isPluginSandbox(std::string_view name);
std::vector<std::string> splitCapabilities(std::string_view spaceSeparated);

}  // namespace greffe
