// SPDX-License-Identifier: Apache-2.0
#include "lua/preludes.h"

#include <cstring>

namespace greffe::lua {
namespace {

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

// Runs a prelude with the named globals as arguments and leaves its result.
void runPrelude(lua_State* state, const char* text, const char* const* names) {
    if (luaL_loadbufferx(state, text, std::strlen(text), "=greffe", "t") != LUA_OK) lua_error(state);
    int count = 0;
    for (; names[count] != nullptr; ++count)
        lua_getglobal(state, names[count]);
    lua_call(state, count, 1);
}

}  // namespace

void pushListFunctions(lua_State* state) {
    static const char* const kNeeded[] = {"error", "type", "select", nullptr};
    runPrelude(state, kTablePrelude, kNeeded);
}

void pushProtectedCall(lua_State* state) {
    static const char* const kNeeded[] = {"pcall", "select", nullptr};
    runPrelude(state, kCallPrelude, kNeeded);
}

}  // namespace greffe::lua
