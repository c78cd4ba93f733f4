// SPDX-License-Identifier: Apache-2.0
#include "lua/ordered_pairs.h"

#include "lua/dossier_view.h"
#include "lua/sandbox.h"
#include "lua/trampoline.h"

#include <cstring>

namespace greffe::lua {
namespace {

constexpr int kMaxSortedKeys = 100'000;

// Numbers, then text, then booleans; each in its own order. -1 for a key that has no order.
int rankOf(lua_State* state, int index) {
    switch (lua_type(state, index)) {
        case LUA_TNUMBER: return 0;
        case LUA_TSTRING: return 1;
        case LUA_TBOOLEAN: return 2;
        default: return -1;
    }
}

bool isKeyBefore(lua_State* state, int left, int right) {
    const int leftRank = rankOf(state, left);
    const int rightRank = rankOf(state, right);
    if (leftRank != rightRank) return leftRank < rightRank;
    if (leftRank == 0) return lua_compare(state, left, right, LUA_OPLT) != 0;
    if (leftRank == 2) return lua_toboolean(state, left) < lua_toboolean(state, right);
    std::size_t leftBytes = 0;
    std::size_t rightBytes = 0;
    const char* const leftText = lua_tolstring(state, left, &leftBytes);
    const char* const rightText = lua_tolstring(state, right, &rightBytes);
    const int order = std::memcmp(leftText, rightText, leftBytes < rightBytes ? leftBytes : rightBytes);
    return order != 0 ? order < 0 : leftBytes < rightBytes;
}

// Argument 1 becomes the table that is iterated over. What it holds is read-only again, or plain.
void lookBehindView(lua_State* state) {
    if (pushViewed(state, 1)) lua_replace(state, 1);
}

// The key that follows the one on top in the fixed order, by looking at all: next() is for "is it empty".
int nextInOrder(lua_State* state, Complaint& complaint) {
    luaL_checktype(state, 1, LUA_TTABLE);
    lua_settop(state, 2);
    lookBehindView(state);
    lua_pushnil(state);  // 3: the best key so far
    lua_pushnil(state);
    while (lua_next(state, 1) != 0) {
        lua_pop(state, 1);
        if (Sandbox::of(state).isOutOfTimeAfter(1)) return complaint.say("stopped");
        if (rankOf(state, -1) < 0) return complaint.say("keys that are tables or functions have no order");
        const bool isAfter = lua_isnil(state, 2) || isKeyBefore(state, 2, -1);
        if (isAfter && (lua_isnil(state, 3) || isKeyBefore(state, -1, 3))) {
            lua_pushvalue(state, -1);
            lua_replace(state, 3);
        }
    }
    if (lua_isnil(state, 3)) return 1;
    lua_pushvalue(state, 3);
    lua_rawget(state, 1);
    return 2;
}

void swapKeys(lua_State* state, int keys, int left, int right) {
    lua_rawgeti(state, keys, left);
    lua_rawgeti(state, keys, right);
    lua_rawseti(state, keys, left);
    lua_rawseti(state, keys, right);
}

bool isSlotBefore(lua_State* state, int keys, int left, int right) {
    lua_rawgeti(state, keys, left);
    lua_rawgeti(state, keys, right);
    const bool before = isKeyBefore(state, -2, -1);
    lua_pop(state, 2);
    return before;
}

void siftDown(lua_State* state, int keys, int from, int count) {
    for (int root = from; 2 * root <= count;) {
        int child = 2 * root;
        if (child < count && isSlotBefore(state, keys, child, child + 1)) ++child;
        if (!isSlotBefore(state, keys, root, child)) return;
        swapKeys(state, keys, root, child);
        root = child;
    }
}

// Upvalues: the table, its sorted keys, the place of the last key given.
int stepOfPairs(lua_State* state, Complaint&) {
    for (;;) {
        const lua_Integer place = lua_tointeger(state, lua_upvalueindex(3)) + 1;
        lua_pushinteger(state, place);
        lua_replace(state, lua_upvalueindex(3));
        if (lua_rawgeti(state, lua_upvalueindex(2), place) == LUA_TNIL) return 1;
        lua_pushvalue(state, -1);
        if (lua_rawget(state, lua_upvalueindex(1)) != LUA_TNIL) return 2;
        lua_pop(state, 2);  // removed during the walk
    }
}

int pairsInOrder(lua_State* state, Complaint& complaint) {
    luaL_checktype(state, 1, LUA_TTABLE);
    lua_settop(state, 1);
    lookBehindView(state);
    lua_newtable(state);
    int count = 0;
    lua_pushnil(state);
    while (lua_next(state, 1) != 0) {
        lua_pop(state, 1);
        if (Sandbox::of(state).isOutOfTimeAfter(1)) return complaint.say("stopped");
        if (rankOf(state, -1) < 0) return complaint.say("keys that are tables or functions have no order");
        if (++count > kMaxSortedKeys) return complaint.say("a table of more than %d entries", kMaxSortedKeys);
        lua_pushvalue(state, -1);
        lua_rawseti(state, 2, count);
    }
    for (int i = count / 2; i >= 1; --i)
        siftDown(state, 2, i, count);
    for (int end = count; end > 1; --end) {
        if (Sandbox::of(state).isOutOfTimeAfter(32)) return complaint.say("stopped");
        swapKeys(state, 2, 1, end);
        siftDown(state, 2, 1, end - 1);
    }
    lua_pushvalue(state, 1);
    lua_insert(state, 2);
    lua_pushinteger(state, 0);
    lua_pushcclosure(state, trampoline<stepOfPairs>, 3);
    return 1;
}

}  // namespace

void addOrderedPairs(lua_State* state) {
    lua_pushcfunction(state, trampoline<pairsInOrder>);
    lua_setfield(state, -2, "pairs");
    lua_pushcfunction(state, trampoline<nextInOrder>);
    lua_setfield(state, -2, "next");
}

}  // namespace greffe::lua
