// SPDX-License-Identifier: Apache-2.0
#include "config/lua_annotations.h"

namespace greffe {
namespace {

// Two literals: compilers need not take longer ones than 64 KiB, and one of these will grow.
constexpr std::string_view kBase = R"lua(
-- What scripts have of Lua's library. No clock, no random numbers, no files: the same input gives the same output.

---Stops with the message when the value is false or nil, else gives its arguments back.
---@generic T
---@param value? T
---@param message? any
---@return T
---@return any ...
function assert(value, message, ...) end

---Stops the function; the message stands in the receipt, with file and line.
---@param message any
---@param level? integer
function error(message, level) end

---@param value any
---@return any
function getmetatable(value) end

---Goes through a list, from 1 on.
---@generic T
---@param list T[]
---@return fun(list: T[], at?: integer): integer, T
---@return T[]
---@return integer
function ipairs(list) end

---The entry behind a key, in the order of pairs.
---@param entries table
---@param key? any
---@return any
---@return any
function next(entries, key) end

---Goes through all entries: numbers, texts, booleans, each in ascending order. Lua's own order would differ each time.
---@generic K, V
---@param entries table<K, V>
---@return fun(entries: table<K, V>, key?: K): K, V
---@return table<K, V>
---@return nil
function pairs(entries) end

---@param work function
---@return boolean
---@return any ...
function pcall(work, ...) end

---@param work function
---@param handler fun(message: any): any called afterwards, not inside the error
---@return boolean
---@return any ...
function xpcall(work, handler, ...) end

---@param left any
---@param right any
---@return boolean
function rawequal(left, right) end

---@param value table|string
---@return integer
function rawlen(value) end

---@param which integer|"#"
---@return any ...
function select(which, ...) end

---Metatables with __gc, __close and __mode are refused.
---@generic T: table
---@param value T
---@param metatable table?
---@return T
function setmetatable(value, metatable) end

---@param value any
---@param base? integer
---@return number?
function tonumber(value, base) end

---Tables and functions become "table" and "function", without an address.
---@param value any
---@return string
function tostring(value) end

---@param value any
---@return "nil"|"number"|"string"|"boolean"|"table"|"function"
function type(value) end

---@class stringlib
string = {}
---@param text string|number
---@param first? integer
---@param last? integer
---@return integer ...
function string.byte(text, first, last) end
---@param ... integer
---@return string
function string.char(...) end
---@param text string|number
---@param pattern string|number
---@param start? integer
---@param isPlain? boolean
---@return integer?
---@return integer?
---@return any ...
function string.find(text, pattern, start, isPlain) end
---%p is refused: it would show an address.
---@param form string|number
---@return string
function string.format(form, ...) end
---@param text string|number
---@param pattern string|number
---@param start? integer
---@return fun(): string, ...
function string.gmatch(text, pattern, start) end
---@param text string|number
---@param pattern string|number
---@param replacement string|number|table|function
---@param most? integer
---@return string
---@return integer
function string.gsub(text, pattern, replacement, most) end
---@param text string|number
---@return integer
function string.len(text) end
---@param text string|number
---@return string
function string.lower(text) end
---@param text string|number
---@param pattern string|number
---@param start? integer
---@return any ...
function string.match(text, pattern, start) end
---At most 1 MiB.
---@param text string|number
---@param count integer
---@param separator? string|number
---@return string
function string.rep(text, count, separator) end
---@param text string|number
---@return string
function string.reverse(text) end
---@param text string|number
---@param first integer
---@param last? integer
---@return string
function string.sub(text, first, last) end
---@param text string|number
---@return string
function string.upper(text) end
)lua";

constexpr std::string_view kTables = R"lua(
---@class tablelib
table = {}
---@param list table
---@param separator? string
---@param first? integer
---@param last? integer
---@return string
function table.concat(list, separator, first, last) end
---@generic T
---@param list T[]
---@param position integer
---@param value T
---@overload fun(list: T[], value: T)
function table.insert(list, position, value) end
---@param source table
---@param first integer
---@param last integer
---@param to integer
---@param target? table
---@return table
function table.move(source, first, last, to, target) end
---@return table
function table.pack(...) end
---@generic T
---@param list T[]
---@param position? integer
---@return T
function table.remove(list, position) end
---Stable; any comparison is safe.
---@generic T
---@param list T[]
---@param isBefore? fun(a: T, b: T): boolean
function table.sort(list, isBefore) end
---@generic T
---@param list T[]
---@param first? integer
---@param last? integer
---@return T ...
function table.unpack(list, first, last) end

---Without random.
---@class mathlib
---@field huge number
---@field pi number
---@field maxinteger integer
---@field mininteger integer
math = {}
---@param x number
---@return number
function math.abs(x) end
---@param x number
---@return number
function math.acos(x) end
---@param x number
---@return number
function math.asin(x) end
---@param y number
---@param x? number
---@return number
function math.atan(y, x) end
---@param x number
---@return integer
function math.ceil(x) end
---@param x number
---@return number
function math.cos(x) end
---@param x number
---@return number
function math.deg(x) end
---@param x number
---@return number
function math.exp(x) end
---@param x number
---@return integer
function math.floor(x) end
---@param x number
---@param y number
---@return number
function math.fmod(x, y) end
---@param x number
---@param base? number
---@return number
function math.log(x, base) end
---@generic N: number
---@param x N
---@param ... N
---@return N
function math.max(x, ...) end
---@generic N: number
---@param x N
---@param ... N
---@return N
function math.min(x, ...) end
---@param x number
---@return integer
---@return number
function math.modf(x) end
---@param x number
---@return number
function math.rad(x) end
---@param x number
---@return number
function math.sin(x) end
---@param x number
---@return number
function math.sqrt(x) end
---@param x number
---@return number
function math.tan(x) end
---@param x any
---@return integer?
function math.tointeger(x) end
---@param x any
---@return "integer"|"float"|nil
function math.type(x) end
---@param m integer
---@param n integer
---@return boolean
function math.ult(m, n) end

---@class utf8lib
---@field charpattern string
utf8 = {}
---@param ... integer
---@return string
function utf8.char(...) end
---@param text string
---@param first? integer
---@param last? integer
---@param isLax? boolean
---@return integer ...
function utf8.codepoint(text, first, last, isLax) end
---@param text string
---@param isLax? boolean
---@return fun(text: string, at?: integer): integer, integer
---@return string
---@return integer
function utf8.codes(text, isLax) end
---@param text string
---@param first? integer
---@param last? integer
---@param isLax? boolean
---@return integer?
---@return integer?
function utf8.len(text, first, last, isLax) end
---@param text string
---@param n integer
---@param start? integer
---@return integer
function utf8.offset(text, n, start) end
)lua";

}  // namespace

std::string_view libraryAnnotations() {
    static const std::string kAll = std::string(kBase) + std::string(kTables);
    return kAll;
}

}  // namespace greffe
