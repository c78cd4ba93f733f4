// SPDX-License-Identifier: Apache-2.0
// Which time-stamp authorities answered lately, so that one that is down does not cost every seal its
// timeout.
//
// Kept in memory only: after a restart everybody is healthy until they fail. Lives on the engine's thread.
#pragma once

#include "base/clock.h"

#include <map>
#include <string>
#include <vector>

namespace greffe {

class AuthorityHealth {
public:
    // An authority that failed is asked after the others for this long. It is never left out: when all are
    // down, the first one that comes back is found.
    static constexpr std::chrono::minutes kAskedLastFor{5};

    explicit AuthorityHealth(const Clock& clock) : clock_(clock) {}

    void failed(const std::string& authority) { failedAt_[authority] = clock_.steady(); }
    void answered(const std::string& authority) { failedAt_.erase(authority); }

    // `configured`, those that failed lately behind the rest, the one whose failure is oldest first.
    std::vector<std::string> inOrder(const std::vector<std::string>& configured) const;

private:
    const Clock& clock_;
    std::map<std::string, SteadyTime> failedAt_;
};

}  // namespace greffe
