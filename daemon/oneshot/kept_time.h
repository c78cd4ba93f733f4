// SPDX-License-Identifier: Apache-2.0
// The dates that stand in a kept dossier, as text that a stranger may have written. Pure.
#pragma once

#include <cstdint>
#include <string>

namespace greffe {

// Whether `date` ("2036-11-22") is the last day of keeping, for whole years, of what was kept at `moment`
// ("2026-11-22T03:59:02.125Z"): false for anything that is no date or no moment.
bool isAnniversary(const std::string& date, const std::string& moment);

// The last one that a year of four digits can state.
inline constexpr std::int64_t kLastSecond = 253'402'300'799;

// Whether a moment that a signature states ("2026-11-22T03:59:02+00:00", "…Z") is this one, to the second.
bool isSameSecond(const std::string& stated, std::int64_t unixSeconds);

}  // namespace greffe
