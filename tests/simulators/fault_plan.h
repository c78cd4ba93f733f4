// SPDX-License-Identifier: Apache-2.0
// The faults that a simulator has still to play, in order.
//
// A plan is a JSON array: [{"fault": "cut", "after_bytes": 10}, {"fault": "status", "status": 500, "times":
// 3}]. Each entry happens `times` times (1 when absent, 0: for ever), then the next one's turn comes. "at"
// names the place where it happens, for protocols that have several ("rcpt"); entries of different places do
// not wait for each other. What else an entry holds is for the simulator.
//
// Thread-safe.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::simulators {

class FaultPlan {
public:
    // The names that "fault" and "at" may have; no places: "at" is not allowed.
    FaultPlan(std::vector<std::string> faults, std::vector<std::string> places);

    // Errc::Invalid names the entry and what it may be; the old plan then stays.
    Status set(const Json& plan);
    Json rest() const;
    void clear();
    // The fault that is due at this place, or nothing. Counts it as played.
    std::optional<Json> take(std::string_view place = {});

private:
    Status check(const Json& entry, std::size_t index) const;

    const std::vector<std::string> names_;
    const std::vector<std::string> places_;
    mutable std::mutex mutex_;
    std::deque<Json> entries_;
};

}  // namespace greffe::simulators
