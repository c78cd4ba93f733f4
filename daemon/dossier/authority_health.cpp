// SPDX-License-Identifier: Apache-2.0
#include "dossier/authority_health.h"

#include <algorithm>

namespace greffe {

std::vector<std::string> AuthorityHealth::inOrder(const std::vector<std::string>& configured) const {
    // Never failed, or long ago: the beginning of time.
    const auto lastFailure = [&](const std::string& authority) {
        const auto found = failedAt_.find(authority);
        return found != failedAt_.end() && clock_.steady() - found->second < kAskedLastFor
                   ? found->second
                   : SteadyTime::min();
    };
    std::vector<std::string> ordered = configured;
    std::stable_sort(ordered.begin(), ordered.end(), [&](const std::string& left, const std::string& right) {
        return lastFailure(left) < lastFailure(right);
    });
    return ordered;
}

}  // namespace greffe
