// SPDX-License-Identifier: Apache-2.0
// Ids of dossiers, documents and claims: 48 bits of time and 80 random bits, in 26 letters of Crockford's
// base 32.
//
// Ids made by one generator always grow, even when the wall clock steps back: a later dossier never sorts
// before an earlier one, which the journal's cursors rely on.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace greffe {

class UlidSource {
public:
    explicit UlidSource(const Clock& clock = systemClock()) : clock_(clock) {}
    // For simulations: the same clock and seed give the same ids. Anybody could guess them.
    UlidSource(const Clock& clock, std::uint64_t seed) : clock_(clock), seed_(seed) {}

    // Thread-safe.
    std::string next();

private:
    void drawBits();

    const Clock& clock_;
    std::mutex mutex_;
    std::int64_t lastMs_ = 0;
    std::array<unsigned char, 10> random_{};
    std::optional<std::uint64_t> seed_;
};

// 26 letters of the alphabet, first one at most '7'.
bool isUlid(std::string_view text);

// The last eight letters: what file names carry when a name is already taken. All random bits, so no two
// dossiers of a folder share them in practice; never used as a key.
std::string_view shortId(std::string_view ulid);

}  // namespace greffe
