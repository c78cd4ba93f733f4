// SPDX-License-Identifier: Apache-2.0
// The rows of the table, one file each.
#pragma once

#include "cli/command.h"

namespace greffe {

Command checkCommand();
Command runCommand();
Command workerCommand();

}  // namespace greffe
