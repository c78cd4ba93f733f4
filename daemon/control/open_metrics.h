// SPDX-License-Identifier: Apache-2.0
// The daemon's figures as OpenMetrics text, from the answer of `status`. Names, types and labels are a
// contract with whoever made a dashboard; README.md lists them. Pure.
#pragma once

#include "base/json_fwd.h"

#include <string>
#include <string_view>

namespace greffe {

std::string openMetricsText(const Json& status);

// "application/openmetrics-text; version=1.0.0; charset=utf-8"
inline constexpr std::string_view kOpenMetricsType =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

}  // namespace greffe
