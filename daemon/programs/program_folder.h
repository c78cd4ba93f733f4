// SPDX-License-Identifier: Apache-2.0
// The folder of one run of a program: made for it, gone with it. One that a crash or a power cut left behind
// is found by its lock, which nobody holds any more, and removed by whoever starts next.
#pragma once

#include "base/result.h"
#include "sys/unique_fd.h"

#include <chrono>
#include <string>

namespace greffe {

class ProgramFolder {
public:
    // Below `base`, for this user only.
    static Result<ProgramFolder> make(const std::string& base);
    ProgramFolder(ProgramFolder&& other) noexcept;
    ProgramFolder& operator=(ProgramFolder&&) = delete;
    ~ProgramFolder();  // removes it

    const std::string& path() const { return path_; }
    int fd() const { return directory_.get(); }
    // A file that nobody may write, with the first sizeBytes bytes of `fromFd`.
    Status add(const std::string& name, int fromFd, std::uint64_t sizeBytes) const;

private:
    ProgramFolder(std::string path, UniqueFd directory)
        : path_(std::move(path)), directory_(std::move(directory)) {}

    std::string path_;
    UniqueFd directory_;  // holds the lock
};

// Those of this user that nobody holds and that are old enough: between being made and being locked a folder
// is nobody's, for less than a moment.
void removeAbandonedFolders(const std::string& base,
                            std::chrono::seconds olderThan = std::chrono::seconds(60));

}  // namespace greffe
