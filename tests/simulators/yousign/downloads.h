// SPDX-License-Identifier: Apache-2.0
// The files that the API hands out beside the documents themselves: ZIP archives and audit trails.
#pragma once

#include "base/json.h"

#include <string>
#include <utility>
#include <vector>

namespace greffe::simulators {

// Members are stored, not compressed: name and bytes, in order. Names that stand there twice get a number.
std::string zipOf(const std::vector<std::pair<std::string, std::string>>& members);

// A page of text that says what the audit trail's JSON says.
std::string auditTrailPdf(const std::vector<Json>& trails);

}  // namespace greffe::simulators
