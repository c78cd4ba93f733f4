// SPDX-License-Identifier: Apache-2.0
// The daemon's shell: signals, the service manager, and the engine inside.
#pragma once

#include <string>

namespace greffe {

struct ServerOptions {
    std::string configFolder;
    bool logsJson = false;
};

// Returns an exit code of cli/command.h.
int runServer(const ServerOptions& options);

}  // namespace greffe
