// SPDX-License-Identifier: Apache-2.0
// A plugin's options schema as data of ours. Read is the subset of JSON Schema that plugin-api/SPEC.md
// (OPTIONS) allows: type, properties, required, enum (of texts), default, minimum, maximum, minLength,
// maxLength, minItems, maxItems, items, description, additionalProperties (false, or left out: then unknown
// options pass), and two formats of texts: "secret" for one that is given as secret_file("…"), "uri" for a
// URL. Anything else is an error: what is not understood cannot be promised.
#pragma once

#include "base/result.h"
#include "config/schema.h"

#include <string_view>

namespace greffe {

// The options of an instance. The schema's name and group are the caller's to set.
Result<Schema> readJsonSchema(std::string_view text);

// The options of one step that uses the plugin: an object schema under the keyword "step". A plugin without
// it takes none: a closed schema without options.
Result<Schema> readStepSchema(std::string_view text);

}  // namespace greffe
