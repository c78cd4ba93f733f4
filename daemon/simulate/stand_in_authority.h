// SPDX-License-Identifier: Apache-2.0
// A time-stamp authority (RFC 3161) that stands in for all configured ones in a simulation. Its tokens are
// whole and fit the seal; they say the simulation's time and are signed by SIMULATION.
#pragma once

#include "simulate/stand_in_identity.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe {

class StandInAuthority {
public:
    static Result<StandInAuthority> make(WallTime from);

    // DER of the token over an imprint (32 bytes) with a nonce (8 bytes).
    Result<std::string> token(std::string_view imprint, std::string_view nonce, WallTime at);

private:
    explicit StandInAuthority(StandInIdentity identity) : identity_(std::move(identity)) {}

    StandInIdentity identity_;
    std::uint64_t serial_ = 0;
};

}  // namespace greffe
