// SPDX-License-Identifier: Apache-2.0
// The schemas as JSON, for programs: editors, generators of forms, other checks. Everything that the manual
// (schema_reference.h) says, and what installed plugins add.
//
// {"format": 1,
//  "sections":    [{"name", "kinds", "is_list", "doc"}],
//  "constructs":  [{"name", "group", "doc", "purpose", "example", "options": […], "is_open", "named_by"?,
//                   of a step: "step": {"effect", "deadline_seconds", "capability"?, "ends", "facts",
//                   "reasons"}}],
//  "every_step":  {"options", "facts_of_a_failure", "reasons"},
//  "functions":   [{"name", "doc", "fields"}],
//  "reasons":     [{"code", "class", "text"}],
//  "diagnostics": [{"code", "severity", "text"}],
//  "plugins":     [{"id", "version", "pool", "capabilities", "constructors", "options", "step_options"} or
//  with
//                  "problem" instead of the options]}
//
// An option: {"name", "type", "doc", "required", "unit"?, "default"?, "allowed"?, "minimum"?, "maximum"?,
// "names"?, "function"?, "restart"?, "may_be_empty"?, "kinds"?, "options"?, "item"?, "since"}. Types: text,
// boolean, integer, number, list, map, table, steps, outcome, entry, secret, function. A fact:
// {"name", "type" (LuaCATS), "doc"}.
#pragma once

#include "base/json_fwd.h"
#include "config/plugin_catalog.h"

#include <span>

namespace greffe {

inline constexpr int kDescriptionFormat = 1;  // grows when something is taken away or means something else

// Pure: equal schemas and plugins give equal JSON.
Json describeSchemas(std::span<const PluginFacts> plugins = {});

}  // namespace greffe
