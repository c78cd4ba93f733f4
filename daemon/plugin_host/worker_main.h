// SPDX-License-Identifier: Apache-2.0
// The life of a worker process: setup → plugins → sandbox → hello → calls, until the engine says stop or goes
// away.
#pragma once

namespace greffe {

// Runs on the socket at descriptor `socketFd`. Returns the process's exit code.
int runWorker(int socketFd);

}  // namespace greffe
