// SPDX-License-Identifier: Apache-2.0
// What a plugin could have changed in its process, seen before and after.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace greffe::conformance {

struct ProcessState {
    std::string directory;
    std::string locale;
    std::set<std::string> environment;
    std::vector<std::string> signals;  // handler and flags of each
    unsigned umask = 0;
    std::set<std::string>
        files;  // below the scratch directory (current directory, HOME and TMPDIR of a probe)
    std::size_t threads = 0;
    std::set<std::string> descriptors;  // "7 → /path"

    static ProcessState now();

    // Differences in what must never change; empty when none.
    std::string settingsChanged(const ProcessState& later) const;
    // Files that appeared in the scratch directory.
    std::string filesAdded(const ProcessState& later) const;
    // Threads and descriptors that are there later and were not before.
    std::string leftBehind(const ProcessState& later) const;
};

}  // namespace greffe::conformance
