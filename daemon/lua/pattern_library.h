// SPDX-License-Identifier: Apache-2.0
// find, match, gmatch and gsub of `string`, on the matcher of pattern.h.
#pragma once

#include <lua.hpp>

namespace greffe::lua {

// Puts the four functions into the table on top. May raise.
void addPatternFunctions(lua_State* state);

}  // namespace greffe::lua
