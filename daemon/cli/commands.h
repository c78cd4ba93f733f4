// SPDX-License-Identifier: Apache-2.0
// The rows of the table, one file each.
#pragma once

#include "base/json_fwd.h"
#include "cli/command.h"

namespace greffe {

Command checkCommand();
Command frontCommand();
Command pipelineShowCommand();
Command pluginListCommand();
Command pluginNewCommand();
Command pluginProbeCommand();
Command pluginShowCommand();
Command pluginTestCommand();
Command runCommand();
Command sealCommand();
Command simulateCommand();
Command testCommand();
Command validateCommand();
Command verifyCommand();
Command workerCommand();

// Families of commands that share a file.
std::vector<Command> authorCommands();       // config annotations, config describe, config new
std::vector<Command> careCommands();         // backup, restore, audit verify
std::vector<Command> dossierCommands();      // dossier …, quarantine …
std::vector<Command> handingOverCommands();  // dossier import, task …, event send
std::vector<Command> houseCommands();        // status, reload, shape, config show, metrics
std::vector<Command> shellCommands();        // completion, man

// The lists of `dossier list` and `quarantine list`.
int printDossiers(const Arguments& arguments, const Json& answer);

}  // namespace greffe
