// SPDX-License-Identifier: Apache-2.0
// The filters of GET /signature_requests (sheet, 1.4): "status[in]=draft,done",
// "created_at[after]=2026-01-31".
#pragma once

#include "simulators/yousign/model.h"

#include <optional>
#include <string>

namespace greffe::simulators {

// Nothing for a key that is no filter, or a value that it cannot have. Days are those of UTC.
std::optional<bool> passesFilter(const SignatureRequest& request, const std::string& key,
                                 const std::string& value);

}  // namespace greffe::simulators
