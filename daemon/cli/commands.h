// SPDX-License-Identifier: Apache-2.0
// The rows of the table, one file each.
#pragma once

#include "cli/command.h"

namespace greffe {

Command checkCommand();
Command pluginListCommand();
Command pluginNewCommand();
Command pluginProbeCommand();
Command pluginShowCommand();
Command pluginTestCommand();
Command runCommand();
Command sealCommand();
Command validateCommand();
Command verifyCommand();
Command workerCommand();

}  // namespace greffe
