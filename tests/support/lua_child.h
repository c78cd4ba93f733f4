// SPDX-License-Identifier: Apache-2.0
// Calls Greffe's Lua module in a contained child.
#pragma once

#include "base/json.h"
#include "lua/evaluator_library.h"
#include "support/contained_child.h"

#include <string>

namespace greffe {

// The sandbox stops a script after 2 s itself; this is the last word for one that hides in C code, and leaves
// room for what a loaded machine counts as CPU time.
inline constexpr unsigned kLuaCpuSeconds = 8;

inline Result<EvaluatorLibrary> openLuaModule() {
    return EvaluatorLibrary::open(std::string(GREFFE_BINARY_DIR) + "/lib/greffe/greffe-lua.so");
}

enum class LuaCall { Evaluate, Prepare };

// The child's end; its output is the answer, or {"failed": "…"}.
inline ChildEnd callLuaInChild(LuaCall call, const Json& input) {
    return runContained(kLuaCpuSeconds, [&] {
        const Result<EvaluatorLibrary> library = openLuaModule();
        if (!library) return dumpJson({{"failed", library.error().text()}});
        const Result<Json> answer =
            call == LuaCall::Evaluate ? library->evaluate(input) : library->prepare(input);
        return answer ? dumpJson(*answer) : dumpJson({{"failed", answer.error().text()}});
    });
}

// The answer, or null when the child was killed.
inline Json luaAnswer(LuaCall call, const Json& input) {
    return Json::parse(callLuaInChild(call, input).output, nullptr, false);
}

}  // namespace greffe
