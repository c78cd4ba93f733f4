// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

namespace greffe {

std::span<const Command> commandTable() {
    static const std::vector<Command> table = {runCommand(), checkCommand(), workerCommand()};
    return table;
}

}  // namespace greffe
