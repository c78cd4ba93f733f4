// SPDX-License-Identifier: Apache-2.0
#include "intake/folders_apart.h"

#include "base/bytes_text.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace greffe {
namespace {

using Identity = std::pair<std::uint64_t, std::uint64_t>;  // device, inode
constexpr int kMostLevels = 4'096;                         // a path has no more bytes

std::optional<Identity> identityOf(int fd) {
    struct stat facts {};
    if (fstat(fd, &facts) != 0) return std::nullopt;
    return Identity(facts.st_dev, facts.st_ino);
}

// A folder and everything above it, nearest first.
struct Lineage {
    std::vector<Identity> levels;
    bool isThere = false;  // else the first level is the nearest folder that is

    bool isInside(const Lineage& outer) const {
        return outer.isThere && std::find(levels.begin(), levels.end(), outer.levels.front()) != levels.end();
    }
    bool isSame(const Lineage& other) const {
        return isThere && other.isThere && levels.front() == other.levels.front();
    }
};

UniqueFd openToLook(int dirFd, const std::string& path) {
    return UniqueFd(openat(dirFd, path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

Lineage lineageOf(std::string path) {
    Lineage lineage;
    UniqueFd at = openToLook(AT_FDCWD, path);
    lineage.isThere = static_cast<bool>(at);
    while (!at && path.find('/') != std::string::npos && path != "/") {
        path.erase(std::max<std::size_t>(1, path.rfind('/')));
        at = openToLook(AT_FDCWD, path);
    }
    for (int level = 0; at && level < kMostLevels; ++level) {
        const auto identity = identityOf(at.get());
        // The root's parent is the root.
        if (!identity || (!lineage.levels.empty() && lineage.levels.back() == *identity)) break;
        lineage.levels.push_back(*identity);
        at = openToLook(at.get(), "..");
    }
    if (lineage.levels.empty()) lineage.isThere = false;
    return lineage;
}

struct Found {
    const NamedFolder* folder;
    Lineage lineage;
};

std::vector<Found> find(const std::vector<NamedFolder>& folders) {
    std::vector<Found> found;
    for (const NamedFolder& folder : folders)
        found.push_back({&folder, lineageOf(folder.path)});
    return found;
}

Status overlap(const NamedFolder& inner, const NamedFolder& outer, bool isSame) {
    return makeError(Errc::Invalid,
                     isSame ? fmt::format("{} ({}) and {} ({}) are one folder", inner.what,
                                          displayText(inner.path), outer.what, displayText(outer.path))
                            : fmt::format("{} ({}) lies inside {} ({})", inner.what, displayText(inner.path),
                                          outer.what, displayText(outer.path)),
                     "give each a folder of its own; links and mounts lead to the same place");
}

Status judge(const Found& inner, const Found& outer) {
    if (inner.lineage.isSame(outer.lineage)) return overlap(*inner.folder, *outer.folder, true);
    if (inner.lineage.isInside(outer.lineage)) return overlap(*inner.folder, *outer.folder, false);
    return {};
}

}  // namespace

Status checkApart(const std::vector<NamedFolder>& drops, const std::vector<NamedFolder>& kept) {
    const std::vector<Found> foundDrops = find(drops);
    const std::vector<Found> foundKept = find(kept);
    for (const Found& drop : foundDrops) {
        for (const Found& other : foundDrops)
            if (&other != &drop) GREFFE_TRY(judge(drop, other));
        for (const Found& place : foundKept) {
            GREFFE_TRY(judge(place, drop));
            GREFFE_TRY(judge(drop, place));
        }
    }
    return {};
}

Status checkOutside(const NamedFolder& inner, const std::vector<NamedFolder>& folders) {
    const Found found{&inner, lineageOf(inner.path)};
    for (const Found& outer : find(folders))
        GREFFE_TRY(judge(found, outer));
    return {};
}

}  // namespace greffe
