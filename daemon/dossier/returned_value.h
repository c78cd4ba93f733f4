// SPDX-License-Identifier: Apache-2.0
// What functions return is held against the rules that `greffe check` has for written values. Pure.
#pragma once

#include "base/json.h"
#include "config/schema.h"

#include <string>

namespace greffe {

// In words, which of the option's rules (length, allowed values, range) a value of its type breaks; empty:
// none. An empty text or list is none at all, and names that come from data may stand twice.
std::string brokenRule(const Option& option, const Json& value);

}  // namespace greffe
