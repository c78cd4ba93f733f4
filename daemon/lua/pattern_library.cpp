// SPDX-License-Identifier: Apache-2.0
#include "lua/pattern_library.h"

#include "lua/pattern.h"
#include "lua/sandbox.h"
#include "lua/trampoline.h"

namespace greffe::lua {
namespace {

bool isOutOfTime(void* sandbox, std::size_t steps) {
    return static_cast<Sandbox*>(sandbox)->isOutOfTimeAfter(steps);
}

std::string_view checkText(lua_State* state, int argument) {
    std::size_t size = 0;
    const char* const bytes = luaL_checklstring(state, argument, &size);
    return {bytes, size};
}

// Where to begin, from 0; false when behind the end.
bool readStart(lua_State* state, int argument, std::size_t size, std::size_t& start) {
    const lua_Integer init = luaL_optinteger(state, argument, 1);
    if (init > 0) {
        start = static_cast<std::size_t>(init) - 1;
    } else {
        // The complement cannot overflow, the negation of the least number would.
        const auto back = init == 0 ? size : static_cast<std::size_t>(~init) + 1;
        start = back > size ? 0 : size - back;
    }
    return start <= size;
}

void pushCapture(lua_State* state, std::string_view subject, const PatternCapture& capture) {
    if (capture.isPosition) {
        lua_pushinteger(state, static_cast<lua_Integer>(capture.begin + 1));
    } else {
        lua_pushlstring(state, subject.data() + capture.begin, capture.size);
    }
}

// All captures, or the whole match when there is none. How many were pushed.
int pushCaptures(lua_State* state, std::string_view subject, const Pattern& pattern,
                 const PatternMatch& match) {
    const auto count = static_cast<int>(pattern.captureCount());
    luaL_checkstack(state, count + 1, "too many captures");
    if (count == 0) {
        lua_pushlstring(state, subject.data() + match.begin(), match.end() - match.begin());
        return 1;
    }
    for (int i = 0; i < count; ++i)
        pushCapture(state, subject, match.capture(static_cast<std::size_t>(i)));
    return count;
}

int findOrMatch(lua_State* state, Complaint& complaint, bool isFind) {
    const std::string_view subject = checkText(state, 1);
    const std::string_view text = checkText(state, 2);
    std::size_t start = 0;
    if (!readStart(state, 3, subject.size(), start)) {
        lua_pushnil(state);
        return 1;
    }
    if (isFind && (lua_toboolean(state, 4) != 0 || isPlainPattern(text))) {
        const std::size_t found = subject.find(text, start);
        if (found == std::string_view::npos) {
            lua_pushnil(state);
            return 1;
        }
        lua_pushinteger(state, static_cast<lua_Integer>(found + 1));
        lua_pushinteger(state, static_cast<lua_Integer>(found + text.size()));
        return 2;
    }
    Pattern pattern;
    if (const char* problem = pattern.compile(text, true)) return complaint.say("%s", problem);
    PatternMatch match(pattern, subject, &isOutOfTime, &Sandbox::of(state));
    if (!match.find(start)) {
        if (match.isStopped()) return complaint.say("stopped");
        lua_pushnil(state);
        return 1;
    }
    if (!isFind) return pushCaptures(state, subject, pattern, match);
    lua_pushinteger(state, static_cast<lua_Integer>(match.begin() + 1));
    lua_pushinteger(state, static_cast<lua_Integer>(match.end()));
    return 2 + (pattern.captureCount() == 0 ? 0 : pushCaptures(state, subject, pattern, match));
}

int find(lua_State* state, Complaint& complaint) {
    return findOrMatch(state, complaint, true);
}
int match(lua_State* state, Complaint& complaint) {
    return findOrMatch(state, complaint, false);
}

// Upvalues: subject, pattern, where to go on, end of the last match (-1: none), which may not be matched
// empty again.
int stepOfGmatch(lua_State* state, Complaint& complaint) {
    const std::string_view subject = checkText(state, lua_upvalueindex(1));
    Pattern pattern;
    if (const char* problem = pattern.compile(checkText(state, lua_upvalueindex(2)), false))
        return complaint.say("%s", problem);
    const lua_Integer last = lua_tointeger(state, lua_upvalueindex(4));
    PatternMatch found(pattern, subject, &isOutOfTime, &Sandbox::of(state));
    for (auto at = static_cast<std::size_t>(lua_tointeger(state, lua_upvalueindex(3))); at <= subject.size();
         ++at) {
        const bool fits = found.fitsAt(at);
        if (found.isStopped()) return complaint.say("stopped");
        if (!fits || static_cast<lua_Integer>(found.end()) == last) continue;
        for (const int upvalue : {3, 4}) {
            lua_pushinteger(state, static_cast<lua_Integer>(found.end()));
            lua_replace(state, lua_upvalueindex(upvalue));
        }
        return pushCaptures(state, subject, pattern, found);
    }
    return 0;
}

int gmatch(lua_State* state, Complaint& complaint) {
    const std::string_view subject = checkText(state, 1);
    Pattern pattern;
    if (const char* problem = pattern.compile(checkText(state, 2), false))
        return complaint.say("%s", problem);
    std::size_t start = 0;
    if (!readStart(state, 3, subject.size(), start)) start = subject.size() + 1;
    lua_settop(state, 2);
    lua_pushinteger(state, static_cast<lua_Integer>(start));
    lua_pushinteger(state, -1);
    lua_pushcclosure(state, trampoline<stepOfGmatch>, 4);
    return 1;
}

// Adds what stands for the match to the buffer. False: complained.
bool addReplacement(lua_State* state, luaL_Buffer& buffer, std::string_view subject, const Pattern& pattern,
                    const PatternMatch& found, Complaint& complaint) {
    const int type = lua_type(state, 3);
    if (type == LUA_TNUMBER || type == LUA_TSTRING) {
        const std::string_view text = checkText(state, 3);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '%') {
                luaL_addchar(&buffer, text[i]);
                continue;
            }
            const char c = ++i < text.size() ? text[i] : '\0';
            const std::size_t number = c >= '1' && c <= '9' ? static_cast<std::size_t>(c - '1') : 0;
            if (c == '%') {
                luaL_addchar(&buffer, '%');
            } else if (c == '0' || (c == '1' && pattern.captureCount() == 0)) {
                luaL_addlstring(&buffer, subject.data() + found.begin(), found.end() - found.begin());
            } else if (c >= '1' && c <= '9' && number < pattern.captureCount()) {
                pushCapture(state, subject, found.capture(number));
                luaL_addvalue(&buffer);
            } else {
                complaint.say(c >= '1' && c <= '9' ? "invalid capture index in replacement string"
                                                   : "invalid use of '%%' in replacement string");
                return false;
            }
        }
        return true;
    }
    if (type == LUA_TTABLE) {
        if (pattern.captureCount() == 0) {
            lua_pushlstring(state, subject.data() + found.begin(), found.end() - found.begin());
        } else {
            pushCapture(state, subject, found.capture(0));
        }
        lua_gettable(state, 3);
    } else {
        lua_pushvalue(state, 3);
        lua_call(state, pushCaptures(state, subject, pattern, found), 1);
    }
    if (lua_toboolean(state, -1) == 0) {
        lua_pop(state, 1);
        luaL_addlstring(&buffer, subject.data() + found.begin(), found.end() - found.begin());
    } else if (lua_isstring(state, -1) == 0) {
        complaint.say("invalid replacement value (a %s)", luaL_typename(state, -1));
        return false;
    } else {
        luaL_addvalue(&buffer);
    }
    return true;
}

int gsub(lua_State* state, Complaint& complaint) {
    const std::string_view subject = checkText(state, 1);
    const int type = lua_type(state, 3);
    if (type != LUA_TNUMBER && type != LUA_TSTRING && type != LUA_TTABLE && type != LUA_TFUNCTION)
        return complaint.say("bad argument #3 to 'gsub' (string/function/table expected, got %s)",
                             luaL_typename(state, 3));
    const lua_Integer most = luaL_optinteger(state, 4, static_cast<lua_Integer>(subject.size() + 1));
    Pattern pattern;
    if (const char* problem = pattern.compile(checkText(state, 2), true)) return complaint.say("%s", problem);
    PatternMatch found(pattern, subject, &isOutOfTime, &Sandbox::of(state));
    luaL_Buffer buffer;
    luaL_buffinit(state, &buffer);
    lua_Integer count = 0;
    std::size_t at = 0;
    std::size_t last = static_cast<std::size_t>(-1);
    while (count < most) {
        const bool fits = found.fitsAt(at);
        if (found.isStopped()) return complaint.say("stopped");
        if (fits && found.end() != last) {
            ++count;
            if (!addReplacement(state, buffer, subject, pattern, found, complaint)) return 0;
            at = last = found.end();
        } else if (at < subject.size()) {
            luaL_addchar(&buffer, subject[at]);
            ++at;
        } else {
            break;
        }
        if (pattern.isAnchored()) break;
    }
    if (at < subject.size()) luaL_addlstring(&buffer, subject.data() + at, subject.size() - at);
    luaL_pushresult(&buffer);
    lua_pushinteger(state, count);
    return 2;
}

}  // namespace

void addPatternFunctions(lua_State* state) {
    static const luaL_Reg kFunctions[] = {{"find", trampoline<find>},
                                          {"match", trampoline<match>},
                                          {"gmatch", trampoline<gmatch>},
                                          {"gsub", trampoline<gsub>},
                                          {nullptr, nullptr}};
    luaL_setfuncs(state, kFunctions, 0);
}

}  // namespace greffe::lua
