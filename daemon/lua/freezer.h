// SPDX-License-Identifier: Apache-2.0
// Takes the memory from functions: after an evaluation, the variables and tables that a function sees around
// itself become constants, so that a call cannot leave anything behind for the next one.
//
// A frozen table loses its metatable: what is left of it is data.
#pragma once

#include "lua/sandbox.h"

namespace greffe::lua {

// Prepares the state. May raise.
void openFreezer(lua_State* state);
// The table on top cannot be changed as it is: it is left alone. May raise.
void markReadOnly(lua_State* state);

// The functions stand on the stack of `holder`, 1..count. Tables among their variables, however deep, are
// replaced by read-only views; what a function assigns to its variables is undone by restoreVariables. False
// when memory is short.
bool freezeFunctions(Sandbox& sandbox, lua_State* holder, int count);

// Puts the variables back as freezeFunctions found them. Never raises.
void restoreVariables(Sandbox& sandbox);

}  // namespace greffe::lua
