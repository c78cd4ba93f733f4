// SPDX-License-Identifier: Apache-2.0
// greffe run: the daemon.
#include "app/server.h"
#include "cli/commands.h"

namespace greffe {
namespace {

int runRun(const Arguments& arguments) {
    ServerOptions options;
    options.configFolder = arguments.text("--config");
    options.logsJson = arguments.text("--log") == "json";
    return runServer(options);
}

}  // namespace

Command runCommand() {
    Command command;
    command.path = "run";
    command.summary = "run the daemon in the foreground, until SIGTERM";
    command.details = "HUP reloads the configuration; one that is not good never replaces a good one.";
    command.options = {kConfigOption, {"--log", "FORM", "text or json, on stderr", "text"}};
    command.run = runRun;
    return command;
}

}  // namespace greffe
