// SPDX-License-Identifier: Apache-2.0
#include "cli/text_file.h"

#include "sys/files.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

namespace greffe {
namespace {

constexpr mode_t kMode = 0644;

std::string folderOf(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}
std::string lastNameOf(const std::string& path) {
    return std::filesystem::path(path).filename().string();
}

}  // namespace

Status writeTextFile(const std::string& path, std::string_view text) {
    if (path == "-") {
        const bool isWritten = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
        return isWritten && std::fflush(stdout) == 0 ? Status()
                                                     : makeError(Errc::Io, "stdout cannot be written");
    }
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return makeError(Errc::Invalid, fmt::format("{} is a folder", path), "name a file");
    GREFFE_TRY_ASSIGN(const UniqueFd folder, openDirectory(folderOf(path)));
    return replaceFile(folder.get(), lastNameOf(path), text, kMode);
}

Status writeNewTextFile(const std::string& path, std::string_view text) {
    GREFFE_TRY(makeDirectories(folderOf(path)));
    GREFFE_TRY_ASSIGN(const UniqueFd folder, openDirectory(folderOf(path)));
    if (existsAt(folder.get(), lastNameOf(path)))
        return makeError(Errc::Exists, fmt::format("{} is there already", path), "nothing is overwritten");
    GREFFE_TRY_ASSIGN(const UniqueFd file, openUnnamed(folder.get(), kMode));
    GREFFE_TRY(writeAll(file.get(), text));
    return linkUnnamed(file.get(), folder.get(), lastNameOf(path));
}

}  // namespace greffe
