// SPDX-License-Identifier: Apache-2.0
// A Lua state that a stranger's script may run in: counted memory, counted CPU time, a small library without
// any door to the outside, and nothing in it that a script could change for the next one.
//
// A script is never stopped by an error, which it could catch (M6): the count hook yields out of the
// coroutine that every script runs in, and the coroutine is abandoned (M7). Inside a C function that cannot
// be yielded across, the hook raises instead and comes back at the very next instruction, until it can yield.
//
// Rule for all code around a lua_State here: Lua's errors are longjmps, so no object with a destructor may be
// alive while a function that can raise is called. trampoline.h is the only way from Lua into C++.
#pragma once

#include <lua.hpp>

#include <cstddef>
#include <cstdint>

namespace greffe::lua {

struct Limits {
    std::size_t memoryBytes = 64U << 20U;
    std::int64_t cpuNs = 2'000'000'000;
};

inline constexpr Limits kEvaluationLimits{};
inline constexpr Limits kCallLimits{8U << 20U, 50'000'000};

enum class Ending {
    Finished,
    Failed,  // a Lua error; the message is on the coroutine's stack, its frames are still there to look at
    OutOfTime,
    OutOfMemory,
};

class Sandbox {
public:
    Sandbox();
    ~Sandbox();
    Sandbox(const Sandbox&) = delete;
    Sandbox& operator=(const Sandbox&) = delete;

    // False when not even the library fitted into memory; nothing else may be called then.
    bool ready() const { return ready_; }
    lua_State* state() { return state_; }
    // A coroutine that is never run: a stack to put values on while they are sorted, which cannot raise.
    lua_State* shelf() { return shelf_; }
    static Sandbox& of(lua_State* state) { return **static_cast<Sandbox**>(lua_getextraspace(state)); }

    // Starts a new budget, counted from now and from the memory in use now.
    void allow(const Limits& limits);
    // True from the moment a limit was passed until the next allow().
    bool isStopped() const { return ending_ != Ending::Finished; }
    // Whether the CPU time of the current budget is used up. Library functions with loops of their own report
    // their steps here, and give up when it says so: no hook fires inside them.
    bool isOutOfTime();
    bool isOutOfTimeAfter(std::size_t steps);

    // After a file was stopped for its memory and abandoned: collects what it left and lets the others go on.
    // Time is not given back. False when the script is stopped for good.
    bool goOnWithoutGarbage();

    // Resumes `coroutine`, which has a function and its arguments on its stack. Nests. Never raises.
    Ending resume(lua_State* coroutine, lua_State* from, int arguments, int& results);

    // Runs `body(state, context)` protected: its Lua errors come back as false, with nothing left on the
    // stack.
    bool protect(int (*body)(lua_State*), void* context);

    // What a trampoline may hang on the sandbox: the evaluation that is running, or null.
    void* owner = nullptr;

private:
    static void* allocate(void* self, void* block, std::size_t oldBytes, std::size_t newBytes);
    static void onCount(lua_State* state, lua_Debug* activation);
    void* grow(void* block, std::size_t oldBytes, std::size_t newBytes);
    void stopSoon();
    static void arm(lua_State* state, int instructions);

    lua_State* state_ = nullptr;
    lua_State* shelf_ = nullptr;
    lua_State* running_ = nullptr;
    bool ready_ = false;
    Ending ending_ = Ending::Finished;
    std::size_t usedBytes_ = 0;
    std::size_t limitBytes_ = kEvaluationLimits.memoryBytes;
    std::int64_t deadlineNs_ = 0;
    std::size_t allocatedSinceLook_ = 0, stepsSinceLook_ = 0;
    int refusals_ =
        0;  // since the budget began: a script that lives at the limit makes every step a full collection
    bool wasRefused_ = false;  // the last request was; Lua asks again after an emergency collection
};

// CPU time of this thread: a busy machine must not stop an innocent script.
std::int64_t threadCpuNs();

// Fills the state with the library and the shared, read-only environment. May raise.
void openSandboxLibrary(lua_State* state);
// Pushes the environment that every chunk gets as its _ENV. May raise only if the state is broken.
void pushEnvironment(lua_State* state);

}  // namespace greffe::lua
