// SPDX-License-Identifier: Apache-2.0
// Judges a plugin's options schema (SPEC.md, OPTIONS), and makes options out of it: secrets to hand over, and
// values that keep to the schema while making no sense.
#pragma once

#include "base/json.h"
#include "conformance/findings.h"

#include <string>
#include <vector>

namespace greffe::conformance {

// Findings of OPTIONS-1, OPTIONS-2 and OPTIONS-3.
std::vector<Finding> judgeSchema(const Json& schema);

// Names of the options with "format": "secret".
std::vector<std::string> secretOptions(const Json& schema);
std::vector<std::string> requiredOptions(const Json& schema);

struct OptionsVariant {
    std::string what;  // "title = \"\""
    std::string json;
    bool keepsToSchema = true;
};
// `good` with one option changed at a time: to the ends of what the schema allows, and to what it does not.
std::vector<OptionsVariant> variantsOf(const Json& schema, const Json& good);

}  // namespace greffe::conformance
