// SPDX-License-Identifier: Apache-2.0
// What a script can call. Everything here is deterministic: no clock, no random, no address in a text, and
// pairs() goes through keys in one order (Lua's own order differs from state to state, M17).
#include "lua/dossier_view.h"
#include "lua/freezer.h"
#include "lua/pattern_library.h"
#include "lua/sandbox.h"
#include "lua/trampoline.h"
#include "lua/words.h"

#include <cstring>

namespace greffe::lua {
namespace {

constexpr std::size_t kMaxRepeatedBytes = 1U << 20U;
constexpr int kMaxSortedKeys = 100'000;
const char kEnvironmentKey = 0;

// insert, remove, move and sort in Lua: as C functions they are long loops that no hook can interrupt
// (`table.move({}, 1, 1e9, 2)`). sort is a merge sort: stable, and any comparison function is safe.
constexpr const char* kTablePrelude = R"lua(
local error, type, select = ...
local library = {}

local function wantList(value, name)
  if type(value) ~= "table" then
    error("bad argument #1 to '" .. name .. "' (table expected, got " .. type(value) .. ")", 3)
  end
end

local function wantPosition(value, first, last, name)
  if type(value) ~= "number" or value % 1 ~= 0 or value < first or value > last then
    error("bad argument #2 to '" .. name .. "' (position out of bounds)", 3)
  end
end

function library.insert(list, ...)
  wantList(list, "insert")
  local count, size = select("#", ...), #list
  if count == 1 then
    local value = ...
    list[size + 1] = value
    return
  end
  if count ~= 2 then error("wrong number of arguments to 'insert'", 2) end
  local position, value = ...
  wantPosition(position, 1, size + 1, "insert")
  for i = size, position, -1 do list[i + 1] = list[i] end
  list[position] = value
end

function library.remove(list, position)
  wantList(list, "remove")
  local size = #list
  if position == nil then position = size end
  if size == 0 then wantPosition(position, 0, 1, "remove") else wantPosition(position, 1, size + 1, "remove") end
  local removed = list[position]
  for i = position, size - 1 do list[i] = list[i + 1] end
  if position < size then list[size] = nil else list[position] = nil end
  return removed
end

function library.move(source, first, last, to, target)
  wantList(source, "move")
  target = target or source
  if to > last or to <= first or target ~= source then
    for i = 0, last - first do target[to + i] = source[first + i] end
  else
    for i = last - first, 0, -1 do target[to + i] = source[first + i] end
  end
  return target
end

function library.sort(list, isBefore)
  wantList(list, "sort")
  isBefore = isBefore or function(a, b) return a < b end
  local size = #list
  local from, into = {}, {}
  for i = 1, size do from[i] = list[i] end
  local width = 1
  while width < size do
    for start = 1, size, 2 * width do
      local left, middle = start, start + width
      local right, stop = middle, start + 2 * width
      if middle > size + 1 then middle = size + 1 end
      if stop > size + 1 then stop = size + 1 end
      for i = start, stop - 1 do
        if left < middle and (right >= stop or not isBefore(from[right], from[left])) then
          into[i] = from[left]
          left = left + 1
        else
          into[i] = from[right]
          right = right + 1
        end
      end
    end
    from, into = into, from
    width = 2 * width
  end
  for i = 1, size do list[i] = from[i] end
end

return library
)lua";

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

int refuseWrite(lua_State*, Complaint& complaint) {
    return complaint.say("the library is read-only");
}

// A real message handler runs inside the error: when the hook raises there, hooks are off while the handler
// runs, and `xpcall(error, function() while true do end end)` could not be stopped. So the handler is called
// afterwards.
constexpr const char* kCallPrelude = R"lua(
local pcall, select = ...
return function(work, handler, ...)
  local function finish(ok, ...)
    if ok then return true, ... end
    return false, select(2, pcall(handler, ...))
  end
  return finish(pcall(work, ...))
end
)lua";

// --- the environment
// -------------------------------------------------------------------------------------------

// Runs a prelude with the named globals as arguments and leaves its result.
void runPrelude(lua_State* state, const char* text, const char* const* names) {
    if (luaL_loadbufferx(state, text, std::strlen(text), "=greffe", "t") != LUA_OK) lua_error(state);
    int count = 0;
    for (; names[count] != nullptr; ++count)
        lua_getglobal(state, names[count]);
    lua_call(state, count, 1);
}

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

// Puts an empty table that reads from the one on top in its place.
void makeReadOnly(lua_State* state) {
    lua_newtable(state);
    lua_createtable(state, 0, 3);
    lua_pushvalue(state, -3);
    lua_setfield(state, -2, "__index");
    lua_pushcfunction(state, trampoline<refuseWrite>);
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
    lua_pop(state, 2);
}

void openTableLibrary(lua_State* state) {
    static const char* const kNames[] = {"concat", "pack", "unpack", nullptr};
    luaL_requiref(state, "table", luaopen_table, 0);
    keepOnly(state, kNames);
    static const char* const kNeeded[] = {"error", "type", "select", nullptr};
    runPrelude(state, kTablePrelude, kNeeded);
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
    static const char* const kMath[] = {"abs",  "ceil", "cos",  "deg",        "exp",  "floor",      "fmod",
                                        "huge", "log",  "max",  "maxinteger", "min",  "mininteger", "modf",
                                        "pi",   "rad",  "sin",  "sqrt",       "tan",  "tointeger",  "type",
                                        "ult",  "acos", "asin", "atan",       nullptr};
    static const char* const kUtf8[] = {"char", "charpattern", "codepoint", "codes",
                                        "len",  "offset",      nullptr};
    openFreezer(state);
    luaL_requiref(state, "_G", luaopen_base, 1);
    keepOnly(state, kBase);
    static const char* const kCalls[] = {"pcall", "select", nullptr};
    runPrelude(state, kCallPrelude, kCalls);
    lua_setfield(state, -2, "xpcall");
    wrap(state, "setmetatable", trampoline<setMetatable>);
    wrap(state, "tostring", trampoline<toText>);
    wrap(state, "pairs", trampoline<pairsInOrder>);
    wrap(state, "next", trampoline<nextInOrder>);

    openStringLibrary(state);
    makeReadOnly(state);
    lua_setfield(state, -2, "string");
    openTableLibrary(state);
    makeReadOnly(state);
    lua_setfield(state, -2, "table");
    luaL_requiref(state, "math", luaopen_math, 0);
    keepOnly(state, kMath);
    makeReadOnly(state);
    lua_setfield(state, -2, "math");
    luaL_requiref(state, "utf8", luaopen_utf8, 0);
    keepOnly(state, kUtf8);
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
