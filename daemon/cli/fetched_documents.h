// SPDX-License-Identifier: Apache-2.0
// Documents of a dossier, written into a folder of the person who asks.
#pragma once

#include "base/json.h"
#include "cli/command.h"

#include <string>

namespace greffe {

// Asks the daemon for each of `documents` (rows of dossier.show or dossier.replay) and writes it into
// `folder`, which is made when it is not there, under its own name; a second one of that name gets its id
// into it. Where one of the names is taken nothing is written. What was written goes to stderr, a line each.
// The exit code; what was written before the daemon failed stays.
int fetchDocuments(const Arguments& arguments, const std::string& dossier, const Json& documents,
                   const std::string& folder);

}  // namespace greffe
