// SPDX-License-Identifier: Apache-2.0
// Places in a configuration as its author names the files. Inside a plan the folder is always called
// "config", so that a plan's name does not depend on where it lies; whoever tries a folder wants to open what
// a message names. Pure.
#pragma once

#include "config/plan.h"

#include <string>
#include <utility>
#include <vector>

namespace greffe {

class OwnPaths {
public:
    OwnPaths() = default;
    // folder: as it was given to the command.
    OwnPaths(const Plan& plan, const std::string& folder);

    // The text with "config/pipelines/seal.lua:2" as "FOLDER/pipelines/seal.lua:2", for every file of the
    // plan.
    std::string in(const std::string& text) const;

private:
    std::vector<std::pair<std::string, std::string>> files_;  // "config/greffe.lua:", "FOLDER/greffe.lua:"
};

}  // namespace greffe
