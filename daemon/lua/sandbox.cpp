// SPDX-License-Identifier: Apache-2.0
#include "lua/sandbox.h"

#include <cstdlib>
#include <ctime>

namespace greffe::lua {
namespace {

constexpr int kInstructionsBetweenLooks = 500;
constexpr std::size_t kStepsBetweenLooks = 4096;
// One block of more is never needed by a configuration, and comparing two such texts takes half a
// millisecond, a few hundred times between two looks. What takes longer is metered.
constexpr std::size_t kMaxBlockBytes = 4U << 20U;
constexpr std::size_t kBytesBetweenLooks = 2U << 20U;
constexpr std::size_t kBlockOverheadBytes = 16;
constexpr int kMaxRefusals = 8;

}  // namespace

std::int64_t threadCpuNs() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

Sandbox::Sandbox() {
    state_ = lua_newstate(&Sandbox::allocate, this);
    if (state_ == nullptr) return;
    *static_cast<Sandbox**>(lua_getextraspace(state_)) = this;
    // A state outside its coroutine has no hook that could wait for it: whatever raises here is ours, and a
    // defect.
    lua_atpanic(state_, [](lua_State*) -> int { std::abort(); });
    allow(kEvaluationLimits);
    ready_ = protect(
        [](lua_State* state) -> int {
            openSandboxLibrary(state);
            auto& sandbox = *static_cast<Sandbox*>(lua_touserdata(state, 1));
            sandbox.shelf_ = lua_newthread(state);
            lua_rawsetp(state, LUA_REGISTRYINDEX, &sandbox.shelf_);
            return 0;
        },
        this);
}

Sandbox::~Sandbox() {
    // Nothing runs here: scripts cannot set __gc, and what waits to be closed in an abandoned coroutine is
    // not closed.
    if (state_ != nullptr) lua_close(state_);
}

void Sandbox::allow(const Limits& limits) {
    limitBytes_ = usedBytes_ + limits.memoryBytes;
    deadlineNs_ = threadCpuNs() + limits.cpuNs;
    ending_ = Ending::Finished;
    allocatedSinceLook_ = 0;
    refusals_ = 0;
    wasRefused_ = false;
}

bool Sandbox::isOutOfTime() {
    if (ending_ == Ending::Finished && threadCpuNs() > deadlineNs_) ending_ = Ending::OutOfTime;
    return ending_ != Ending::Finished;
}

bool Sandbox::goOnWithoutGarbage() {
    if (ending_ != Ending::OutOfMemory) return ending_ == Ending::Finished;
    lua_gc(state_, LUA_GCCOLLECT);
    ending_ = Ending::Finished;
    wasRefused_ = false;
    return true;
}

void Sandbox::arm(lua_State* state, int instructions) {
    lua_sethook(state, &Sandbox::onCount, LUA_MASKCOUNT, instructions);
}

bool Sandbox::isOutOfTimeAfter(std::size_t steps) {
    stepsSinceLook_ += steps;
    if (stepsSinceLook_ < kStepsBetweenLooks && !isStopped()) return false;
    stepsSinceLook_ = 0;
    if (!isOutOfTime()) return false;
    stopSoon();
    return true;
}

Ending Sandbox::resume(lua_State* coroutine, lua_State* from, int arguments, int& results) {
    lua_State* const before = running_;
    running_ = coroutine;
    arm(coroutine, isStopped() ? 1 : kInstructionsBetweenLooks);
    const int status = lua_resume(coroutine, from, arguments, &results);
    running_ = before;
    if (isStopped()) {
        if (before != nullptr) arm(before, 1);
        return ending_;
    }
    return status == LUA_OK ? Ending::Finished : Ending::Failed;
}

bool Sandbox::protect(int (*body)(lua_State*), void* context) {
    const int top = lua_gettop(state_);
    lua_pushcfunction(state_, body);
    lua_pushlightuserdata(state_, context);
    const bool worked = lua_pcall(state_, 1, 0, 0) == LUA_OK;
    lua_settop(state_, top);
    return worked;
}

void Sandbox::onCount(lua_State* state, lua_Debug*) {
    Sandbox& sandbox = of(state);
    sandbox.allocatedSinceLook_ = 0;
    if (!sandbox.isOutOfTime()) {
        if (lua_gethookcount(state) == 1) arm(state, kInstructionsBetweenLooks);  // it was let go on
        return;
    }
    arm(state, 1);
    if (lua_isyieldable(state)) {
        lua_yield(state, 0);
        return;
    }
    luaL_error(state, "stopped");
}

void Sandbox::stopSoon() {
    // lua_sethook is made to be called from anywhere, a signal handler included.
    if (running_ != nullptr) arm(running_, 1);
}

void* Sandbox::allocate(void* self, void* block, std::size_t oldBytes, std::size_t newBytes) {
    Sandbox& sandbox = *static_cast<Sandbox*>(self);
    if (block == nullptr) oldBytes = 0;  // Lua passes the kind of object here
    if (newBytes == 0) {
        std::free(block);
        if (block != nullptr) sandbox.usedBytes_ -= oldBytes + kBlockOverheadBytes;
        return nullptr;
    }
    return sandbox.grow(block, oldBytes, newBytes);
}

void* Sandbox::grow(void* block, std::size_t oldBytes, std::size_t newBytes) {
    // What malloc adds to a block counts too: a million small tables are a sixth larger than Lua thinks.
    if (oldBytes > 0) oldBytes += kBlockOverheadBytes;
    const std::size_t askedBytes = newBytes;
    newBytes += kBlockOverheadBytes;
    const std::size_t after = usedBytes_ - oldBytes + newBytes;
    // Lua relies on shrinking never failing. While a block grows, old and new are both there.
    const bool isRefused =
        newBytes > oldBytes && (newBytes > kMaxBlockBytes || usedBytes_ + newBytes > limitBytes_);
    if (isRefused) {
        // The first refusal makes Lua collect its garbage and ask again; the second in a row is the end.
        if (wasRefused_ || ++refusals_ > kMaxRefusals) {
            if (ending_ == Ending::Finished && running_ != nullptr) ending_ = Ending::OutOfMemory;
            stopSoon();
        }
        wasRefused_ = true;
        return nullptr;
    }
    void* const grown = std::realloc(block, askedBytes);
    if (grown == nullptr) return newBytes <= oldBytes ? block : nullptr;
    if (newBytes > oldBytes) {
        wasRefused_ = false;
        allocatedSinceLook_ += newBytes;
        if (allocatedSinceLook_ > kBytesBetweenLooks) {
            allocatedSinceLook_ = 0;
            if (isOutOfTime()) stopSoon();
        }
    }
    usedBytes_ = after;
    return grown;
}

}  // namespace greffe::lua
