// SPDX-License-Identifier: Apache-2.0
// A folder for the length of a simulation: in TMPDIR where that is set, else in memory where the machine has
// such a place. What is written there costs no disk, and nothing of it is left.
#pragma once

#include "base/result.h"

#include <string>
#include <utility>

namespace greffe {

class ScratchFolder {
public:
    static Result<ScratchFolder> make();
    ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    ScratchFolder& operator=(ScratchFolder&&) = delete;
    ~ScratchFolder();  // removes it

    const std::string& path() const { return path_; }

private:
    explicit ScratchFolder(std::string path) : path_(std::move(path)) {}

    std::string path_;
};

}  // namespace greffe
