// SPDX-License-Identifier: Apache-2.0
#include "simulate/scratch_folder.h"

#include "sys/files.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace greffe {

Result<ScratchFolder> ScratchFolder::make() {
    const char* const chosen = std::getenv("TMPDIR");
    for (const char* place : {chosen, "/dev/shm", "/tmp"}) {
        if (place == nullptr) continue;
        std::string path = std::string(place) + "/greffe-simulation-XXXXXX";
        if (mkdtemp(path.data()) != nullptr) return ScratchFolder(std::move(path));
    }
    return systemError("no folder for the simulation, neither in TMPDIR nor in /dev/shm or /tmp", errno);
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace greffe
