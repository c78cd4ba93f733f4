// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

namespace greffe {

std::span<const Command> commandTable() {
    static const std::vector<Command> table = [] {
        std::vector<Command> all = {runCommand(),        checkCommand(),     validateCommand(),
                                    sealCommand(),       verifyCommand(),    pluginListCommand(),
                                    pluginShowCommand(), pluginNewCommand(), pluginTestCommand(),
                                    simulateCommand(),   testCommand(),      pipelineShowCommand(),
                                    frontCommand(),      workerCommand(),    pluginProbeCommand()};
        for (const auto& family : {authorCommands(), houseCommands(), dossierCommands(),
                                   handingOverCommands(), careCommands(), shellCommands()})
            all.insert(all.end(), family.begin(), family.end());
        return all;
    }();
    return table;
}

}  // namespace greffe
