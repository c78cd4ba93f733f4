// SPDX-License-Identifier: Apache-2.0
// What a worker may no longer do. Called once in the worker, after its plugins are loaded and provisioned,
// before the first byte of a document.
//
// Four walls, each of which holds alone: resource limits, no_new_privs, a seccomp list per pool, Landlock
// where the kernel has it. A refused system call is EPERM, not death: libraries probe, and a plugin's author
// wants an error, not a corpse.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace greffe {

// A family of workers with one sandbox.
enum class PoolKind : std::uint8_t {
    Documents,   // no network, no exec, no paths
    Lua,         // the same, and no documents
    Keys,        // the same, and no documents: digests only
    Providers,   // network; no exec, no paths but those of name resolution and trust roots
    Converters,  // no network, no exec, no paths; listed programs are run for them (programs/README.md)
};
std::string_view poolName(PoolKind kind);  // "documents"
Result<PoolKind> poolByName(std::string_view name);

struct SandboxLimits {
    std::uint64_t addressSpaceBytes = 1ULL << 30U;
    std::uint64_t openFiles = 128;
    std::uint64_t fileSizeBytes = 512ULL << 20U;
    std::uint32_t cpuSecondsPerCall = 20;
};

struct SandboxReport {
    bool hasSeccomp = false;
    int landlockAbi = 0;  // 0: the kernel has none
};

// What can be limited from the outside, in the child between fork and exec: limits survive the exec.
SandboxLimits defaultLimits(PoolKind kind);

// LeftOut is what a kernel without Landlock does by itself: for tests of the other walls, and of what the
// engine makes of it.
enum class Landlock : std::uint8_t { WhereItIs, LeftOut };

// No core file, no tracer, and /proc/PID is root's. The first thing that a worker does: the secrets that it
// is handed come before the rest of the sandbox.
Status forbidDumps();

Result<SandboxReport> enterSandbox(PoolKind kind, const SandboxLimits& limits,
                                   Landlock landlock = Landlock::WhereItIs);

// Gives the calling process `seconds` more of CPU time from now on; then SIGXCPU ends it.
void renewCpuLimit(std::uint32_t seconds);

}  // namespace greffe
