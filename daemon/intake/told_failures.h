// SPDX-License-Identifier: Apache-2.0
// What goes wrong for one file of a folder goes wrong for the hundred thousand beside it, every second. A few
// failures of a kind are told, then how many there were: a log that fills the disk helps nobody.
//
// One an intake; on its thread.
#pragma once

#include "base/result.h"

#include <chrono>
#include <map>
#include <optional>

namespace greffe {

class ToldFailures {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr int kMostOfAKind = 5;  // within kFor
    static constexpr std::chrono::seconds kFor{60};

    // What to tell of a failure that happened now: the error, with a word on those that were kept quiet
    // before it; nothing while enough was told of its kind.
    std::optional<Error> toTell(const Error& error, Time now);

private:
    struct Kind {
        Time since;
        int told = 0;
        std::size_t quiet = 0;
    };
    std::map<Errc, Kind> kinds_;
};

}  // namespace greffe
