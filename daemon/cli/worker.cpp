// SPDX-License-Identifier: Apache-2.0
// greffe worker: what the engine starts. Descriptor 3 is its socket; it is of no use by hand.
#include "cli/commands.h"
#include "plugin_host/worker_main.h"

#include <fcntl.h>

namespace greffe {
namespace {

int runWorkerCommand(const Arguments&) {
    if (fcntl(3, F_GETFD) < 0) {
        complain("worker: it is started by the engine, which gives it a socket");
        return kUsage;
    }
    return runWorker(3);
}

}  // namespace

Command workerCommand() {
    Command command;
    command.path = "worker";
    command.summary = "a worker process (started by the engine)";
    command.run = runWorkerCommand;
    command.isHidden = true;
    return command;
}

}  // namespace greffe
