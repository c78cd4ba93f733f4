// SPDX-License-Identifier: Apache-2.0
// Whether a process that is nobody's child here has come to its end.
#pragma once

#include <sys/types.h>

#include <fstream>
#include <string>

namespace greffe {

// Gone, or dead and not yet taken away: in a container the first process may be slow with that, or never do
// it.
inline bool hasEnded(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.compare(0, 6, "State:") == 0) return line.find('Z') != std::string::npos;
    return true;
}

}  // namespace greffe
