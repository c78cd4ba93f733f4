// SPDX-License-Identifier: Apache-2.0
// pairs and next in one order: numbers, then texts, then booleans, each ascending. Lua's own order differs
// from state to state (M17).
#pragma once

#include <lua.hpp>

namespace greffe::lua {

// Puts both into the table on top. May raise.
void addOrderedPairs(lua_State* state);

}  // namespace greffe::lua
