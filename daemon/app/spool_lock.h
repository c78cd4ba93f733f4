// SPDX-License-Identifier: Apache-2.0
// One daemon a spool: a second one would take the first one's running steps for interrupted ones and do them
// again.
#pragma once

#include "base/result.h"
#include "sys/unique_fd.h"

#include <string>

namespace greffe {

// Creates `spool` where needed and holds it until the descriptor closes or the process ends, however it ends.
// Errc::Busy, with the other's process id, while somebody else holds it.
Result<UniqueFd> lockSpool(const std::string& spool);

}  // namespace greffe
