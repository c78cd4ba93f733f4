// SPDX-License-Identifier: Apache-2.0
#include "config/source_folder.h"

#include "base/json.h"
#include "config/schema.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace greffe {
namespace {

constexpr std::size_t kMaxFiles = 1000;
constexpr std::uint64_t kMaxFileBytes = 1U << 20U;
constexpr int kMaxDepth = 8;
constexpr const char* kMainFile = "greffe.lua";
constexpr std::string_view kConfD = "conf.d/";
constexpr std::string_view kTests = "tests/";

bool endsWithLua(const std::string& name) {
    return name.size() > 4 && name.compare(name.size() - 4, 4, ".lua") == 0;
}

// Paths below the folder, sorted.
Status listFiles(const std::string& folder, const std::string& prefix, int depth, bool withTests,
                 std::vector<std::string>& files) {
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(folder + "/" + prefix));
    std::vector<std::string> folders;
    GREFFE_TRY(listDirectory(directory.get(), [&](const std::string& name) {
        if (name[0] == '.') return true;
        if (Result<FileFacts> facts = factsAt(directory.get(), name); facts && facts->isDirectory()) {
            if (withTests || name != "tests") folders.push_back(name);
        } else if (endsWithLua(name)) {
            files.push_back(prefix + name);
        }
        return files.size() <= kMaxFiles;
    }));
    if (files.size() > kMaxFiles)
        return makeError(Errc::Invalid, fmt::format("{}: more than {} Lua files", folder, kMaxFiles));
    if (depth >= kMaxDepth) return {};
    for (const std::string& name : folders)
        GREFFE_TRY(listFiles(folder, prefix + name + "/", depth + 1, withTests, files));
    return {};
}

}  // namespace

Result<Json> readConfigFolder(const std::string& folder, const std::string& label,
                              const AllowedEnvironment& environment) {
    std::vector<std::string> names;
    GREFFE_TRY(listFiles(folder, "", 0, false, names));
    std::sort(names.begin(), names.end());
    Json sources = {{"files", Json::array()}, {"conf_d", Json::array()}, {"env", Json::object()}};
    for (const std::string& name : names) {
        GREFFE_TRY_ASSIGN(std::string text, readFile(folder + "/" + name, kMaxFileBytes));
        const std::string shown = label + "/" + name;
        sources["files"].push_back({{"name", shown}, {"text", std::move(text)}});
        if (name == kMainFile) sources["main"] = shown;
        if (name.compare(0, kConfD.size(), kConfD) == 0) sources["conf_d"].push_back(shown);
    }
    if (!sources.contains("main"))
        return makeError(Errc::NotFound, fmt::format("{}/{}: there is no such file", folder, kMainFile),
                         "write one, or name another folder");
    for (const auto& [name, value] : environment)
        sources["env"][name] = value ? Json(*value) : Json();
    sources["names"] = constructorNames();
    return sources;
}

Result<Json> readSpecFolder(const std::string& folder, const std::string& label) {
    std::vector<std::string> names;
    GREFFE_TRY(listFiles(folder, "", 0, true, names));
    std::sort(names.begin(), names.end());
    // The evaluator wants a first file; specs are its layers.
    const std::string first = label + "/tests.lua";
    Json sources = {{"files", {{{"name", first}, {"text", "return {}"}}}},
                    {"conf_d", Json::array()},
                    {"env", Json::object()},
                    {"main", first},
                    {"names", constructorNames()}};
    for (const std::string& name : names) {
        GREFFE_TRY_ASSIGN(std::string text, readFile(folder + "/" + name, kMaxFileBytes));
        const std::string shown = label + "/" + name;
        if (shown == first) continue;
        sources["files"].push_back({{"name", shown}, {"text", std::move(text)}});
        const bool isSpec =
            name.compare(0, kTests.size(), kTests) == 0 && name.find('/', kTests.size()) == std::string::npos;
        if (isSpec) sources["conf_d"].push_back(shown);
    }
    if (sources["conf_d"].empty())
        return makeError(Errc::NotFound, fmt::format("{}/tests: there is no spec", folder),
                         "write one: tests/NAME.lua returns a list of spec \"…\" { … }");
    return sources;
}

}  // namespace greffe
