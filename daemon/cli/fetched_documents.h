// SPDX-License-Identifier: Apache-2.0
// Documents of a dossier, written into a folder of the person who asks.
#pragma once

#include "base/json.h"
#include "cli/command.h"

#include <string>

namespace greffe {

// Asks the daemon for each of `documents` (rows of dossier.show or dossier.replay) and writes it into
// `folder`, which is made when it is not there, under its own name; a second one of that name gets its id
// into it, and nothing is ever overwritten. All names are worked out first: where one is taken with the id,
// too, nothing is written. What was written goes to stderr, a line each. The exit code; after an error
// nothing of it stays.
int fetchDocuments(const Arguments& arguments, const std::string& dossier, const Json& documents,
                   const std::string& folder);

}  // namespace greffe
