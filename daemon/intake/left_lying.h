// SPDX-License-Identifier: Apache-2.0
// What lies in a drop folder and is not taken: a file that nobody may move, a folder that cannot be read, a
// name that says "still being written". Each is told once, with its reason, and stands in the status until it
// is gone or taken.
//
// What may only be slow (Errc::Busy) is told when it has lasted; the rest at once. One an intake; on its
// thread.
#pragma once

#include "base/result.h"

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace greffe {

class LeftLying {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::minutes kPatience{10};
    static constexpr std::size_t kMost = 1'000;  // remembered by name; the rest is counted
    static constexpr std::size_t kMostShown = 10;

    // A look at everything begins: what is not noted until the end of the next one is gone.
    void beginRound();
    // Returns what to tell the log of it now; nothing when that was told.
    std::optional<Error> note(const std::string& path, const Error& why, Time now);
    void forget(const std::string& path);

    struct Summary {
        std::size_t count = 0;
        std::vector<std::pair<std::string, std::string>> first;  // path and reason, at most kMostShown
        friend bool operator==(const Summary&, const Summary&) = default;
    };
    Summary summary() const;

private:
    struct One {
        std::string why;
        Time since;
        std::uint64_t round = 0;
        bool isTold = false;
    };
    std::uint64_t round_ = 0;
    std::map<std::string, One> all_;
    std::size_t beyond_ = 0, beyondInRound_ = 0;
};

}  // namespace greffe
