// SPDX-License-Identifier: Apache-2.0
// The strict reader of evaluate()'s input.
#include "lua/configuration_run.h"

#include <fmt/format.h>

namespace greffe::lua {
namespace {

constexpr std::size_t kMaxFiles = 1000;
constexpr std::size_t kMaxFileBytes = 1U << 20U;

Error wrong(const std::string& what) {
    return makeError(Errc::Invalid, "evaluation input: " + what);
}

Status readNames(const Json& list, const char* key, std::vector<std::string>& names) {
    if (list.is_null()) return {};
    if (!list.is_array()) return wrong(fmt::format("\"{}\" is a list of texts", key));
    for (const Json& name : list) {
        if (!name.is_string()) return wrong(fmt::format("\"{}\" is a list of texts", key));
        names.push_back(name.get<std::string>());
    }
    return {};
}

}  // namespace

Result<Sources> Sources::read(const Json& input) {
    Sources sources;
    const Json& files = memberOf(input, "files");
    if (!files.is_array() || files.size() > kMaxFiles)
        return wrong(fmt::format("\"files\" is a list of at most {} files", kMaxFiles));
    std::set<std::string> seen;
    for (const Json& file : files) {
        if (!memberOf(file, "name").is_string() || !memberOf(file, "text").is_string())
            return wrong("a file has \"name\" and \"text\"");
        SourceFile source{textOf(file, "name"), textOf(file, "text"), "@" + textOf(file, "name")};
        if (source.name.empty() || source.name.find('\0') != std::string::npos ||
            !seen.insert(source.name).second)
            return wrong("a file's name is empty, holds a NUL or stands twice");
        if (source.text.size() > kMaxFileBytes)
            return wrong(fmt::format("\"{}\" has more than {} bytes", source.name, kMaxFileBytes));
        sources.files.push_back(std::move(source));
    }
    sources.main = textOf(input, "main");
    if (sources.main.empty()) return wrong("\"main\" names the first file");
    GREFFE_TRY(readNames(memberOf(input, "conf_d"), "conf_d", sources.confD));
    std::vector<std::string> names;
    GREFFE_TRY(readNames(memberOf(input, "names"), "names", names));
    sources.names.insert(names.begin(), names.end());
    const Json& environment = memberOf(input, "env");
    if (!environment.is_null() && !environment.is_object()) return wrong("\"env\" is an object");
    for (const auto& [name, value] : environment.items()) {
        if (!value.is_null() && !value.is_string()) return wrong("a value in \"env\" is a text or null");
        sources.environment[name] =
            value.is_null() ? std::nullopt : std::optional<std::string>(value.get<std::string>());
    }
    return sources;
}

}  // namespace greffe::lua
