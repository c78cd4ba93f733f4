// SPDX-License-Identifier: Apache-2.0
#include "lua/freezer.h"

#include "lua/dossier_view.h"
#include "lua/words.h"

namespace greffe::lua {
namespace {

const char kReadOnly = 0;   // registry: table → true
const char kVariables = 0;  // registry: function, number, value, function, number, value, …

// Stack of the freezing function, besides what a step pushes.
enum Slot : int { kSeen = 1, kQueue = 2, kSaved = 3 };

void append(lua_State* state, int list) {
    lua_rawseti(state, list, static_cast<lua_Integer>(lua_rawlen(state, list)) + 1);
}

bool isReadOnly(lua_State* state) {
    if (isView(state, -1)) return true;
    if (pushWordName(state, -1)) {
        lua_pop(state, 1);
        return true;
    }
    lua_rawgetp(state, LUA_REGISTRYINDEX, &kReadOnly);
    lua_pushvalue(state, -2);
    lua_rawget(state, -2);
    const bool is = lua_toboolean(state, -1) != 0;
    lua_pop(state, 2);
    return is;
}

// Replaces the value on top by what a function may hold, and queues what is still to be looked at.
void freezeTop(lua_State* state) {
    const bool isTable = lua_istable(state, -1);
    if (!isTable && (!lua_isfunction(state, -1) || lua_iscfunction(state, -1) != 0)) return;
    if (isTable && isReadOnly(state)) return;
    lua_pushvalue(state, -1);
    if (lua_rawget(state, kSeen) != LUA_TNIL) {
        lua_remove(state, -2);
        return;
    }
    lua_pop(state, 1);
    lua_pushvalue(state, -1);
    append(state, kQueue);
    lua_pushvalue(state, -1);
    if (isTable) {
        replaceByView(state);
    }
    lua_pushvalue(state, -2);
    lua_pushvalue(state, -2);
    lua_rawset(state, kSeen);
    lua_remove(state, -2);
}

void freezeMembers(lua_State* state, int table) {
    lua_pushnil(state);
    while (lua_next(state, table) != 0) {
        freezeTop(state);
        lua_pushvalue(state, -2);
        lua_insert(state, -2);
        lua_rawset(state, table);  // an existing key: allowed during the walk
    }
}

void freezeVariables(lua_State* state, int function) {
    for (int i = 1; lua_getupvalue(state, function, i) != nullptr; ++i) {
        freezeTop(state);
        lua_pushvalue(state, function);
        append(state, kSaved);
        lua_pushinteger(state, i);
        append(state, kSaved);
        lua_pushvalue(state, -1);
        if (lua_isnil(state, -1)) {  // a list has no holes
            lua_pop(state, 1);
            lua_pushlightuserdata(state, nullptr);
        }
        append(state, kSaved);
        lua_setupvalue(state, function, i);
    }
}

struct Task {
    lua_State* holder;
    int count;
};

int freezeAll(lua_State* state) {
    const Task& task = *static_cast<const Task*>(lua_touserdata(state, 1));
    lua_settop(state, 0);
    lua_newtable(state);
    lua_newtable(state);
    lua_newtable(state);
    lua_pushvalue(state, kSaved);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &kVariables);
    for (int i = 1; i <= task.count; ++i) {
        lua_pushvalue(task.holder, i);
        lua_xmove(task.holder, state, 1);
        freezeTop(state);
        lua_pop(state, 1);
    }
    for (lua_Integer next = 1; lua_rawgeti(state, kQueue, next) != LUA_TNIL; ++next) {
        const int item = lua_gettop(state);
        if (lua_istable(state, item)) {
            freezeMembers(state, item);
        } else {
            freezeVariables(state, item);
        }
        lua_settop(state, kSaved);
    }
    return 0;
}

}  // namespace

void openFreezer(lua_State* state) {
    lua_newtable(state);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &kReadOnly);
}

void markReadOnly(lua_State* state) {
    lua_rawgetp(state, LUA_REGISTRYINDEX, &kReadOnly);
    lua_pushvalue(state, -2);
    lua_pushboolean(state, 1);
    lua_rawset(state, -3);
    lua_pop(state, 1);
}

bool freezeFunctions(Sandbox& sandbox, lua_State* holder, int count) {
    Task task{holder, count};
    if (lua_checkstack(holder, 2) == 0) return false;
    return sandbox.protect(&freezeAll, &task);
}

void restoreVariables(Sandbox& sandbox) {
    lua_State* const state = sandbox.state();
    const int top = lua_gettop(state);
    if (lua_rawgetp(state, LUA_REGISTRYINDEX, &kVariables) == LUA_TTABLE) {
        const int saved = lua_gettop(state);
        const auto size = static_cast<lua_Integer>(lua_rawlen(state, saved));
        for (lua_Integer i = 1; i + 2 <= size; i += 3) {
            lua_rawgeti(state, saved, i);
            lua_rawgeti(state, saved, i + 1);
            const int variable = static_cast<int>(lua_tointeger(state, -1));
            lua_pop(state, 1);
            if (lua_rawgeti(state, saved, i + 2) == LUA_TLIGHTUSERDATA) {
                lua_pop(state, 1);
                lua_pushnil(state);
            }
            lua_setupvalue(state, saved + 1, variable);
            lua_settop(state, saved);
        }
    }
    lua_settop(state, top);
}

}  // namespace greffe::lua
