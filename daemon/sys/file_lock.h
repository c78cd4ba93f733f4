// SPDX-License-Identifier: Apache-2.0
// A lock file: one process holds it, for as long as the descriptor is open. It goes with the process, however
// that ends (flock(2)); the file itself stays.
#pragma once

#include "base/result.h"
#include "sys/unique_fd.h"

#include <string>

namespace greffe {

// Makes the file when it is missing. Errc::Busy when another process (or another descriptor of this one)
// holds it: `held` says of what, and ends in the number of that process.
// When that process is gone and something of it still holds the lock, it is waited for, 5 s at most.
Result<UniqueFd> lockFile(int dirFd, const std::string& name, const std::string& held,
                          const std::string& advice);

}  // namespace greffe
