// SPDX-License-Identifier: Apache-2.0
#include "loader/plugin_metadata.h"

#include "base/json.h"
#include "loader/elf_section.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace greffe {
namespace {

constexpr const char* kSection = "greffe_metadata";
constexpr std::uint64_t kMaxSectionBytes = 256U << 10U;
constexpr std::uint64_t kMaxPluginBytes = 512U << 20U;
constexpr const char* kOwnerAdvice =
    "chown root and chmod go-w it: who can write a plugin can do all that Greffe can";

bool isWord(std::string_view text) {
    return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && text.back() != '-' &&
           text.find("--") == std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

// Owned by root or us, and nobody else may change it. A directory others may write is fine when it is sticky:
// they cannot replace our files in it.
Status checkOwner(const std::string& path, const struct stat& facts) {
    if (facts.st_uid != 0 && facts.st_uid != ::geteuid())
        return makeError(
            Errc::Denied,
            fmt::format("{}: owned by user {}, not by root or user {}", path, facts.st_uid, ::geteuid()),
            kOwnerAdvice);
    if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
        !(S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0))
        return makeError(Errc::Denied,
                         fmt::format("{}: mode {:04o}, others may write it", path, facts.st_mode & 07777U),
                         kOwnerAdvice);
    return {};
}

Error wrong(const std::string& path, std::string_view what) {
    return makeError(Errc::Invalid, fmt::format("{}: section \"{}\": {}", path, kSection, what),
                     "the plugin was not built with GREFFE_EXPORT_PLUGIN of this Greffe's headers");
}

bool readUint16(const Json& object, std::string_view key, std::uint16_t& value) {
    const Json& member = memberOf(object, key);
    if (!member.is_number_unsigned() ||
        member.get<std::uint64_t>() > std::numeric_limits<std::uint16_t>::max())
        return false;
    value = member.get<std::uint16_t>();
    return true;
}

Status checkCapabilities(const PluginMetadata& plugin) {
    if (plugin.capabilities.empty()) return wrong(plugin.path, "no capability");
    std::set<std::string> seen;
    for (const std::string& id : plugin.capabilities) {
        if (!isCapabilityId(id))
            return wrong(plugin.path, fmt::format("\"{}\" is not a capability id (name/1)", id));
        if (!seen.insert(id).second)
            return wrong(plugin.path, fmt::format("capability \"{}\" stands twice", id));
    }
    return {};
}

Status checkIdentity(const PluginMetadata& plugin) {
    if (!isPluginId(plugin.id))
        return wrong(plugin.path, fmt::format("\"{}\" is not a plugin id (kind-name)", plugin.id));
    if (const std::string name = splitPath(plugin.path).name; name != plugin.id + ".so")
        return makeError(Errc::Invalid, fmt::format("{}: holds the plugin \"{}\"", plugin.path, plugin.id),
                         fmt::format("name the file {}.so", plugin.id));
    std::uint64_t comparable = 0;
    if (!parseVersion(plugin.version, comparable))
        return wrong(plugin.path, fmt::format("\"{}\" is not a version (1.4.0)", plugin.version));
    if (plugin.summary.empty()) return wrong(plugin.path, "no summary");
    if (!isPluginSandbox(plugin.sandbox))
        return wrong(plugin.path, fmt::format("\"{}\" is not a pool (documents, converters, providers, keys)",
                                              plugin.sandbox));
    return {};
}

}  // namespace

bool PluginMetadata::offers(std::string_view capability) const {
    return std::find(capabilities.begin(), capabilities.end(), capability) != capabilities.end();
}

bool isPluginId(std::string_view id) {
    return id.size() <= 64 && isWord(id) && id.find('-') != std::string_view::npos;
}

bool isCapabilityId(std::string_view id) {
    const std::size_t slash = id.find('/');
    if (slash == std::string_view::npos || id.size() > 64 || !isWord(id.substr(0, slash))) return false;
    const std::string_view revision = id.substr(slash + 1);
    return !revision.empty() && revision.size() <= 3 && revision.front() != '0' &&
           std::all_of(revision.begin(), revision.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool isPluginSandbox(std::string_view name) {
    constexpr std::array<std::string_view, 4> kPools = {"documents", "converters", "providers", "keys"};
    return std::find(kPools.begin(), kPools.end(), name) != kPools.end();
}

std::vector<std::string> splitCapabilities(std::string_view text) {
    std::vector<std::string> ids;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        ids.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return ids;
}

Result<PluginMetadata> parseMetadata(std::string_view sectionText, const std::string& path) {
    // A char array in C++ carries its terminator; what follows it is padding.
    sectionText = sectionText.substr(0, sectionText.find('\0'));
    Result<Json> parsed = parseJson(sectionText, {32, kMaxSectionBytes});
    if (!parsed) return wrong(path, parsed.error().message);
    const Json& json = *parsed;
    if (!json.is_object()) return wrong(path, "not a JSON object");

    PluginMetadata plugin;
    plugin.path = path;
    plugin.id = textOf(json, "id");
    plugin.version = textOf(json, "version");
    plugin.summary = textOf(json, "summary");
    plugin.sandbox = textOf(json, "sandbox");
    plugin.capabilities = splitCapabilities(textOf(json, "capabilities"));
    plugin.abi.buildTag = textOf(json, "build_tag");
    plugin.abi.version = textOf(json, "requires_host");
    if (!readUint16(json, "abi_major", plugin.abi.major) || !readUint16(json, "abi_minor", plugin.abi.minor))
        return wrong(path, "no ABI version");
    // Before anything else: a section of another major may mean anything.
    if (plugin.abi.major != hostAbi().major) {
        std::string name = splitPath(path).name;
        if (name.ends_with(".so")) name.resize(name.size() - 3);
        return checkAbi(name, plugin.abi).error();
    }

    GREFFE_TRY(checkIdentity(plugin));
    GREFFE_TRY(checkCapabilities(plugin));
    const Json& schema = memberOf(json, "options_schema");
    if (!schema.is_object()) return wrong(path, "no options schema");
    plugin.optionsSchema = dumpJson(schema);
    for (const Json& program : memberOf(schema, "programs"))
        if (program.is_string()) plugin.programs.push_back(program.get<std::string>());
    return plugin;
}

Result<PluginMetadata> readMetadata(const std::string& path) {
    if (path.empty() || path.front() != '/')
        return makeError(Errc::Invalid, fmt::format("plugin \"{}\": the path is not absolute", path),
                         "a relative path would name another file in another working directory");
    const SplitPath parts = splitPath(path);
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(parts.directory));
    GREFFE_TRY_ASSIGN(const UniqueFd file, openRegularAt(directory.get(), parts.name));

    struct stat facts {};
    if (::fstat(directory.get(), &facts) != 0)
        return systemError(parts.directory + ": cannot look at it", errno);
    GREFFE_TRY(checkOwner(parts.directory, facts));
    if (::fstat(file.get(), &facts) != 0) return systemError(path + ": cannot look at it", errno);
    GREFFE_TRY(checkOwner(path, facts));

    GREFFE_TRY_ASSIGN(const FileFacts fileFacts, factsOf(file.get()));
    if (fileFacts.sizeBytes > kMaxPluginBytes)
        return makeError(Errc::Invalid, fmt::format("{}: {} bytes, at most {} are a plugin", path,
                                                    fileFacts.sizeBytes, kMaxPluginBytes));
    auto section = readElfSection(file.get(), fileFacts.sizeBytes, path, kSection, kMaxSectionBytes);
    if (!section) {
        if (section.error().code == Errc::NotFound)
            section.error().advice =
                "this shared object is not a Greffe plugin; plugins end with GREFFE_EXPORT_PLUGIN(…)";
        return section.error();
    }
    GREFFE_TRY_ASSIGN(PluginMetadata plugin, parseMetadata(*section, path));
    plugin.file = fileFacts;
    return plugin;
}

}  // namespace greffe
