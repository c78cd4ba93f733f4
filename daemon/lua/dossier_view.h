// SPDX-License-Identifier: Apache-2.0
// JSON as read-only Lua tables: what a step's function sees as `d`. An empty proxy with a locked metatable
// stands for each object and list; the sandbox has no rawset, so nothing can be written.
#pragma once

#include "base/json_fwd.h"

#include <lua.hpp>

namespace greffe::lua {

// Prepares the state. May raise.
void openViews(lua_State* state);
// Pushes the view of `value` (a plain value for text, numbers and booleans; nil for null). May raise; the
// caller keeps `value` alive and has no destructor waiting.
void pushView(lua_State* state, const Json& value);

// Never raises.
bool isView(lua_State* state, int index);
// Pushes the table behind a view, or nothing. Never raises.
bool pushViewed(lua_State* state, int index);
// Puts an empty proxy in place of the table on top, which it shows from now on: a table that stands outside
// the functions. May raise.
void replaceByView(lua_State* state);

}  // namespace greffe::lua
