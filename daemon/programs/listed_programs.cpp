// SPDX-License-Identifier: Apache-2.0
#include "programs/listed_programs.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace greffe {
namespace {

struct Row {
    std::string_view name;
    std::string_view package;
};
constexpr std::array kList = {Row{"pdfinfo", "poppler-utils"}, Row{"pdftoppm", "poppler-utils"}};

// Never PATH: who starts the daemon must not decide what parses its documents.
constexpr std::array kDirectories = {"/usr/bin", "/bin", "/usr/local/bin"};

// What drawing text needs: fonts, their configuration and caches, tables of character sets.
constexpr std::array kFonts = {"/etc/fonts",
                               "/usr/share/fonts",
                               "/usr/share/fontconfig",
                               "/usr/local/share/fonts",
                               "/usr/share/poppler",
                               "/usr/share/ghostscript",
                               "/usr/share/color",
                               "/usr/share/X11/fonts",
                               "/usr/share/texmf/fonts",
                               "/var/cache/fontconfig",
                               "/var/lib/ghostscript"};

const Row* findRow(std::string_view name) {
    const auto* const row =
        std::find_if(kList.begin(), kList.end(), [&](const Row& one) { return one.name == name; });
    return row == kList.end() ? nullptr : row;
}

// As for plugins: what others may write is not run on anybody's documents.
Status checkOwner(const std::string& path) {
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) return systemError(path, errno);
    const bool isProgram = S_ISREG(facts.st_mode) && (facts.st_mode & S_IXUSR) != 0;
    if (!isProgram) return makeError(Errc::NotFound, fmt::format("{} is not a program", path));
    if (facts.st_uid == 0 && (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
    return makeError(Errc::Denied, fmt::format("{}: somebody else than root may write it", path),
                     "install it anew, as root");
}

}  // namespace

bool isListedProgram(std::string_view name) {
    return findRow(name) != nullptr;
}

Result<ListedProgram> findListedProgram(std::string_view name) {
    const Row* const row = findRow(name);
    if (row == nullptr) {
        std::string names;
        for (const Row& one : kList)
            names += fmt::format("{}{}", names.empty() ? "" : ", ", one.name);
        return makeError(
            Errc::Denied,
            fmt::format("\"{}\" is not on the list of programs that converters may run ({})", name, names));
    }
    for (const char* directory : kDirectories) {
        const std::string place = fmt::format("{}/{}", directory, name);
        const std::unique_ptr<char, decltype(&std::free)> path(realpath(place.c_str(), nullptr), &std::free);
        if (path == nullptr) continue;
        if (const Status owned = checkOwner(path.get()); !owned) {
            if (owned.error().code == Errc::NotFound) continue;
            return owned.error();
        }
        return ListedProgram{std::string(name), path.get(), {kFonts.begin(), kFonts.end()}};
    }
    return makeError(Errc::NotFound, fmt::format("{} is not installed", name),
                     fmt::format("install the package {}", row->package));
}

FoundPrograms findPrograms(const std::vector<std::string>& names) {
    FoundPrograms found;
    for (const std::string& name : names) {
        auto program = findListedProgram(name);
        if (program) {
            found.programs.push_back(std::move(*program));
        } else {
            found.missing.emplace(name, program.error().text());
        }
    }
    return found;
}

}  // namespace greffe
