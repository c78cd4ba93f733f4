// SPDX-License-Identifier: Apache-2.0
// Library functions that are written in Lua, where a hook can interrupt them.
#pragma once

#include <lua.hpp>

namespace greffe::lua {

// Both want the base library in the globals. May raise.
// Pushes a table with insert, remove, move and sort.
void pushListFunctions(lua_State* state);
// Pushes xpcall.
void pushProtectedCall(lua_State* state);

}  // namespace greffe::lua
