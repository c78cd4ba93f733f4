// SPDX-License-Identifier: Apache-2.0
// greffe front: metrics and health over HTTP. Started by the engine; by hand it serves any daemon whose
// socket it may open.
#include "cli/commands.h"
#include "cli/operator_call.h"
#include "front/http_front.h"

namespace greffe {
namespace {

int runFrontCommand(const Arguments& arguments) {
    const auto port = arguments.number("--port");
    if (!port || *port < 0 || *port > 65535) {
        complain("--port is a number from 0 to 65535");
        return kUsage;
    }
    return runFront(
        {controlSocketOf(arguments), arguments.text("--address"), static_cast<std::uint16_t>(*port)});
}

}  // namespace

Command frontCommand() {
    Command command;
    command.path = "front";
    command.summary = "serve metrics and health over HTTP; greffe run starts it by itself";
    command.options = {kSocketOption,
                       {"--address", "ADDRESS", "address to listen on", "127.0.0.1"},
                       {"--port", "PORT", "port to listen on; 0: any that is free", "8480"}};
    command.run = runFrontCommand;
    return command;
}

}  // namespace greffe
