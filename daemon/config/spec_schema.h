// SPDX-License-Identifier: Apache-2.0
// What may be written in a spec: the constructors of config/tests/*.lua and their options, as data.
#pragma once

#include "config/schema.h"

#include <string>
#include <string_view>
#include <vector>

namespace greffe {

// "spec" first, then everything that stands in one.
const std::vector<Schema>& specSchemas();
const Schema* findSpecSchema(std::string_view name);
std::vector<std::string> specConstructorNames();

}  // namespace greffe
