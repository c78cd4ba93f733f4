// SPDX-License-Identifier: Apache-2.0
// What a script can call. Everything here is deterministic: no clock, no random, no address in a text, and
// pairs() goes through keys in one order (Lua's own order differs from state to state, M17).
#include "lua/dossier_view.h"
#include "lua/freezer.h"
#include "lua/ordered_pairs.h"
#include "lua/pattern_library.h"
#include "lua/preludes.h"
#include "lua/sandbox.h"
#include "lua/trampoline.h"
#include "lua/words.h"

#include <cstring>

namespace greffe::lua {
namespace {

constexpr std::size_t kMaxRepeatedBytes = 1U << 20U;
const char kEnvironmentKey = 0;

// --- text
// ------------------------------------------------------------------------------------------------------

// The standard conversion prints addresses, which differ from run to run.
void pushText(lua_State* state, int index) {
    switch (lua_type(state, index)) {
        case LUA_TTABLE:
        case LUA_TFUNCTION:
        case LUA_TUSERDATA:
        case LUA_TLIGHTUSERDATA:
        case LUA_TTHREAD:
            if (luaL_getmetafield(state, index, "__tostring") != LUA_TNIL) {
                lua_pop(state, 1);
                luaL_tolstring(state, index, nullptr);
            } else {
                lua_pushstring(state, luaL_typename(state, index));
            }
            return;
        default: luaL_tolstring(state, index, nullptr);
    }
}

int toText(lua_State* state, Complaint&) {
    luaL_checkany(state, 1);
    pushText(state, 1);
    return 1;
}

// Calls the library's function, upvalue 1, with the arguments on the stack.
int callOriginal(lua_State* state, int results) {
    lua_pushvalue(state, lua_upvalueindex(1));
    lua_insert(state, 1);
    lua_call(state, lua_gettop(state) - 1, results);
    return lua_gettop(state);
}

// The library's C function, upvalue 1, in this very frame, so that its messages and lines are its own. No
// hook fires inside it, and hundreds of such calls fit between two: each pays for the bytes it may walk
// through. A number is expected from a text wherever the library expects one, so that every text counts.
int metered(lua_State* state, Complaint& complaint) {
    std::size_t bytes = 0;
    for (int i = lua_gettop(state); i >= 1; --i)
        if (lua_type(state, i) == LUA_TSTRING) bytes += lua_rawlen(state, i);
    if (Sandbox::of(state).isOutOfTimeAfter(bytes)) return complaint.say("stopped");
    return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

// utf8.codes: the function that it gives to the loop looks for the next character as far as it takes.
int codes(lua_State* state, Complaint& complaint) {
    if (metered(state, complaint) != 3) return 0;
    lua_pushvalue(state, -3);
    lua_pushcclosure(state, trampoline<metered>, 1);
    lua_replace(state, -4);
    return 3;
}

int format(lua_State* state, Complaint& complaint) {
    const char* const text = luaL_checkstring(state, 1);
    for (const char* percent = std::strchr(text, '%'); percent != nullptr;
         percent = std::strchr(percent, '%')) {
        ++percent;
        percent += std::strspn(percent, "-+ #0123456789.");
        if (*percent == 'p') return complaint.say("format '%%p' would show an address");
        if (*percent != '\0') ++percent;
    }
    for (int i = lua_gettop(state); i >= 2; --i) {
        if (lua_type(state, i) < LUA_TTABLE && lua_type(state, i) != LUA_TLIGHTUSERDATA) continue;
        pushText(state, i);
        lua_replace(state, i);
    }
    return callOriginal(state, LUA_MULTRET);
}

int repeat(lua_State* state, Complaint& complaint) {
    std::size_t size = 0;
    std::size_t separator = 0;
    luaL_checklstring(state, 1, &size);
    const lua_Integer count = luaL_checkinteger(state, 2);
    luaL_optlstring(state, 3, "", &separator);
    if (count > 0 && size + separator > 0 &&
        static_cast<lua_Unsigned>(count) > kMaxRepeatedBytes / (size + separator))
        return complaint.say("'rep' would make a text of more than %zu bytes", kMaxRepeatedBytes);
    return callOriginal(state, 1);
}

// --- tables
// ----------------------------------------------------------------------------------------------------

int setMetatable(lua_State* state, Complaint& complaint) {
    // Finalizers run when nobody can stop them, lua_close included; weak tables show when garbage is
    // collected.
    if (lua_istable(state, 2))
        for (const char* name : {"__gc", "__close", "__mode"}) {
            lua_pushstring(state, name);
            lua_rawget(state, 2);
            if (!lua_isnil(state, -1))
                return complaint.say("metatables with %s are not available here", name);
            lua_pop(state, 1);
        }
    return callOriginal(state, 1);
}

int refuseLibraryWrite(lua_State*, Complaint& complaint) {
    return complaint.say("the library is read-only");
}

// --- the environment
// -------------------------------------------------------------------------------------------

// Copies the named members of the table on top into a new one, which replaces it.
void keepOnly(lua_State* state, const char* const* names) {
    lua_newtable(state);
    for (; *names != nullptr; ++names) {
        lua_getfield(state, -2, *names);
        lua_setfield(state, -2, *names);
    }
    lua_remove(state, -2);
}

// Replaces the member by a closure over it.
void wrap(lua_State* state, const char* name, lua_CFunction function) {
    lua_getfield(state, -1, name);
    lua_pushcclosure(state, function, 1);
    lua_setfield(state, -2, name);
}

// Meters those of the named members that are functions.
void meter(lua_State* state, const char* const* names) {
    for (; *names != nullptr; ++names) {
        lua_getfield(state, -1, *names);
        if (lua_iscfunction(state, -1) != 0) {
            lua_pushcclosure(state, trampoline<metered>, 1);
            lua_setfield(state, -2, *names);
        } else {
            lua_pop(state, 1);
        }
    }
}

// Puts an empty table that reads from the one on top in its place.
void makeReadOnly(lua_State* state) {
    lua_newtable(state);
    lua_createtable(state, 0, 3);
    lua_pushvalue(state, -3);
    lua_setfield(state, -2, "__index");
    lua_pushcfunction(state, trampoline<refuseLibraryWrite>);
    lua_setfield(state, -2, "__newindex");
    lua_pushboolean(state, 0);
    lua_setfield(state, -2, "__metatable");
    lua_setmetatable(state, -2);
    lua_remove(state, -2);
    markReadOnly(state);
}

void openStringLibrary(lua_State* state) {
    static const char* const kNames[] = {"byte", "char",    "format", "len",   "lower",
                                         "rep",  "reverse", "sub",    "upper", nullptr};
    luaL_requiref(state, "string", luaopen_string, 0);
    keepOnly(state, kNames);
    meter(state, kNames);
    wrap(state, "format", trampoline<format>);
    wrap(state, "rep", trampoline<repeat>);
    addPatternFunctions(state);
    // ("x"):rep reaches its functions through the metatable of all texts: it gets a copy that no script can
    // hold.
    lua_pushliteral(state, "");
    lua_getmetatable(state, -1);
    lua_pushvalue(state, -3);
    lua_setfield(state, -2, "__index");
    lua_pushboolean(state, 0);
    lua_setfield(state, -2, "__metatable");
    static const char* const kArithmetic[] = {"__add", "__sub",  "__mul", "__mod", "__pow",
                                              "__div", "__idiv", "__unm", nullptr};
    meter(state, kArithmetic);
    lua_pop(state, 2);
}

void openTableLibrary(lua_State* state) {
    static const char* const kNames[] = {"concat", "pack", "unpack", nullptr};
    luaL_requiref(state, "table", luaopen_table, 0);
    keepOnly(state, kNames);
    meter(state, kNames);
    pushListFunctions(state);
    for (const char* name : {"insert", "remove", "move", "sort"}) {
        lua_getfield(state, -1, name);
        lua_setfield(state, -3, name);
    }
    lua_pop(state, 1);
}

}  // namespace

void openSandboxLibrary(lua_State* state) {
    static const char* const kBase[] = {"assert",       "error",    "getmetatable", "ipairs", "next",
                                        "pairs",        "pcall",    "rawequal",     "rawlen", "select",
                                        "setmetatable", "tonumber", "tostring",     "type",   nullptr};
    static const char* const kMetered[] = {"error", "select", "tonumber", nullptr};
    static const char* const kMath[] = {"abs",  "ceil", "cos",  "deg",        "exp",  "floor",      "fmod",
                                        "huge", "log",  "max",  "maxinteger", "min",  "mininteger", "modf",
                                        "pi",   "rad",  "sin",  "sqrt",       "tan",  "tointeger",  "type",
                                        "ult",  "acos", "asin", "atan",       nullptr};
    static const char* const kUtf8[] = {"char", "charpattern", "codepoint", "codes",
                                        "len",  "offset",      nullptr};
    static const char* const kMeteredUtf8[] = {"char", "codepoint", "len", "offset", nullptr};
    openFreezer(state);
    luaL_requiref(state, "_G", luaopen_base, 1);
    keepOnly(state, kBase);
    meter(state, kMetered);
    pushProtectedCall(state);
    lua_setfield(state, -2, "xpcall");
    wrap(state, "setmetatable", trampoline<setMetatable>);
    wrap(state, "tostring", trampoline<toText>);
    addOrderedPairs(state);

    openStringLibrary(state);
    makeReadOnly(state);
    lua_setfield(state, -2, "string");
    openTableLibrary(state);
    makeReadOnly(state);
    lua_setfield(state, -2, "table");
    luaL_requiref(state, "math", luaopen_math, 0);
    keepOnly(state, kMath);
    meter(state, kMath);
    makeReadOnly(state);
    lua_setfield(state, -2, "math");
    luaL_requiref(state, "utf8", luaopen_utf8, 0);
    keepOnly(state, kUtf8);
    meter(state, kMeteredUtf8);
    wrap(state, "codes", trampoline<codes>);
    makeReadOnly(state);
    lua_setfield(state, -2, "utf8");

    openViews(state);
    openWords(state);  // replaces the base table on top by the environment
    markReadOnly(state);
    lua_rawsetp(state, LUA_REGISTRYINDEX, &kEnvironmentKey);
}

void pushEnvironment(lua_State* state) {
    lua_rawgetp(state, LUA_REGISTRYINDEX, &kEnvironmentKey);
}

}  // namespace greffe::lua
