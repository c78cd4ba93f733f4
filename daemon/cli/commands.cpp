// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

namespace greffe {

std::span<const Command> commandTable() {
    static const std::vector<Command> table = {runCommand(),        checkCommand(),      validateCommand(),
                                               sealCommand(),       verifyCommand(),     pluginListCommand(),
                                               pluginShowCommand(), pluginNewCommand(),  pluginTestCommand(),
                                               workerCommand(),     pluginProbeCommand()};
    return table;
}

}  // namespace greffe
