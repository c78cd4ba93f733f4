// SPDX-License-Identifier: Apache-2.0
#include "loader/new_plugin.h"

#include "loader/plugin_metadata.h"
#include "sys/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace greffe {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFileBytes = 1U << 20U;
constexpr std::string_view kTemplateId = "transform-template";

using Replacements = std::array<std::pair<std::string, std::string>, 3>;

std::string snakeOf(std::string_view id) {
    std::string snake(id);
    std::replace(snake.begin(), snake.end(), '-', '_');
    return snake;
}

std::string pascalOf(std::string_view id) {
    std::string pascal;
    bool isStart = true;
    for (const char c : id) {
        if (c != '-') pascal += isStart && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        isStart = c == '-';
    }
    return pascal;
}

std::string replaced(std::string text, const Replacements& replacements) {
    for (const auto& [from, to] : replacements)
        for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
            text.replace(at, from.size(), to);
    return text;
}

bool isLeftOut(const fs::path& name) {
    return name.string().starts_with(".") || name == "build";
}

Status copyFolder(const fs::path& from, const fs::path& to, const Replacements& replacements) {
    GREFFE_TRY(makeDirectories(to.string()));
    GREFFE_TRY_ASSIGN(const UniqueFd target, openDirectory(to.string()));
    for (const fs::directory_entry& entry : fs::directory_iterator(from)) {
        const fs::path name = entry.path().filename();
        if (isLeftOut(name) || entry.is_symlink()) continue;
        const std::string newName = replaced(name.string(), replacements);
        if (entry.is_directory()) {
            GREFFE_TRY(copyFolder(entry.path(), to / newName, replacements));
        } else if (entry.is_regular_file()) {
            GREFFE_TRY_ASSIGN(std::string text, readFile(entry.path().string(), kMaxFileBytes));
            GREFFE_TRY(replaceFile(target.get(), newName, replaced(std::move(text), replacements), 0644));
        }
    }
    return {};
}

}  // namespace

Result<std::string> newPlugin(const std::string& templateDirectory, std::string_view id,
                              const std::string& targetDirectory) {
    if (!isPluginId(id))
        return makeError(Errc::Invalid, fmt::format("\"{}\" is not a plugin id", id),
                         "two or more lower-case words joined by '-', the kind first: sign-mine");
    if (id == kTemplateId) return makeError(Errc::Invalid, fmt::format("\"{}\" is the template itself", id));
    std::error_code problem;
    if (!fs::is_directory(templateDirectory, problem))
        return makeError(Errc::NotFound, templateDirectory + ": no template there",
                         "install the package greffe-dev");
    const fs::path folder = fs::path(targetDirectory) / std::string(id);
    if (fs::exists(fs::symlink_status(folder, problem)))
        return makeError(Errc::Exists, folder.string() + " is there already");

    const Replacements replacements = {std::pair(std::string(kTemplateId), std::string(id)),
                                       std::pair(snakeOf(kTemplateId), snakeOf(id)),
                                       std::pair(pascalOf(kTemplateId), pascalOf(id))};
    Status copied;
    try {
        copied = copyFolder(templateDirectory, folder, replacements);
    } catch (const std::exception& error) {
        copied = makeError(Errc::Io, fmt::format("{}: {}", folder.string(), error.what()));
    }
    if (copied) return folder.string();
    fs::remove_all(folder, problem);
    return copied.error();
}

}  // namespace greffe
