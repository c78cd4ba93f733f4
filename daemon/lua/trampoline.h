// SPDX-License-Identifier: Apache-2.0
// The one way from Lua into C++ (M9). Lua is the C build: its errors jump over destructors, and a C++
// exception would fly through it. A body therefore complains instead of raising; the trampoline raises once
// the body's scope is left.
//
// A body may call API functions that raise (out of memory) as long as nothing with a destructor is alive in
// it.
#pragma once

#include <lua.hpp>

#include <cstdarg>
#include <cstdio>
#include <exception>
#include <type_traits>

namespace greffe::lua {

// What the script did wrong. Plain bytes, because a longjmp passes over it.
struct Complaint {
    bool isRaised = false;
    char text[240];

    __attribute__((format(printf, 2, 3))) int say(const char* format, ...) {
        va_list arguments;
        va_start(arguments, format);
        std::vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        isRaised = true;
        return 0;
    }
};
static_assert(std::is_trivially_destructible_v<Complaint>);

template <int (*Body)(lua_State*, Complaint&)>
int trampoline(lua_State* state) {
    Complaint complaint;
    int results = 0;
    try {
        results = Body(state, complaint);
    } catch (const std::exception& error) {
        complaint.say("%s", error.what());
    } catch (...) {
        complaint.say("%s", "an exception that is not a std::exception");
    }
    if (complaint.isRaised) return luaL_error(state, "%s", complaint.text);
    return results;
}

}  // namespace greffe::lua
