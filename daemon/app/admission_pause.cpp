// SPDX-License-Identifier: Apache-2.0
// When no new document is taken: by the settings in force now, which a reload may have changed.
#include "app/engine_parts.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

namespace greffe {
namespace {

constexpr std::uint64_t kInodesToLeave = 64;

struct Room {
    std::uint64_t freeBytes = 0;
    bool hasInodes = false;
};

// Nothing is known: nothing is there.
Room roomAt(const std::string& directory) {
    struct statvfs facts {};
    if (statvfs(directory.c_str(), &facts) != 0) return {};
    // Some file systems count no inodes.
    return {static_cast<std::uint64_t>(facts.f_bavail) * facts.f_frsize,
            facts.f_files == 0 || facts.f_favail > kInodesToLeave};
}

// A count that cannot be read stops nothing: the commit that follows will say so.
std::uint64_t inProgress(StoreReader& reader) {
    std::uint64_t count = 0;
    if (const auto counts = reader.countByState())
        for (const auto& [state, dossiers] : *counts)
            if (!isFinal(state)) count += static_cast<std::uint64_t>(dossiers);
    return count;
}

}  // namespace

AdmissionPause Engine::Parts::admissionPause(StoreReader& reader) const {
    const auto now = running();
    const auto& settings = now->plan->settings;
    const Room room = roomAt(spoolDirectory_);
    if (room.freeBytes < settings.minFreeMebibytes << 20U)
        return {"disk_low",
                fmt::format("{} MiB are free on the disk of {}, settings.min_free_mebibytes is {}",
                            room.freeBytes >> 20U, spoolDirectory_, settings.minFreeMebibytes),
                "make room there, or ask for less; it goes on by itself"};
    if (!room.hasInodes)
        return {"disk_low",
                fmt::format("the file system of {} has no room for further files", spoolDirectory_),
                "remove files there that are not Greffe's; it goes on by itself"};
    const std::uint64_t most = settings.maxDossiersInProgress;
    if (const std::uint64_t count = most == 0 ? 0 : inProgress(reader); count >= most && most != 0)
        return {
            "backlog_full",
            fmt::format("{} dossiers are in progress, settings.max_dossiers_in_progress is {}", count, most),
            "greffe shape shows where they stand; it goes on when some have ended"};
    return {};
}

}  // namespace greffe
