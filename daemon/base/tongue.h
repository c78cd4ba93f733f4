// SPDX-License-Identifier: Apache-2.0
// Both languages of one sentence, side by side: whoever changes one sees the other.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace greffe {

struct Tongue {
    bool isFrench = false;

    // Tongue(…)("documents : {}", "documents: {}", names)
    template <class... Parts>
    std::string operator()(std::string_view french, std::string_view english, const Parts&... parts) const {
        return fmt::format(fmt::runtime(isFrench ? french : english), parts...);
    }
};

}  // namespace greffe
