// SPDX-License-Identifier: Apache-2.0
// What a program that converters run may do: read its own folder, its libraries and its fonts; compute; write
// to the descriptors that it was given. No network, no process or thread, no file made or changed, no signal
// or limit of another process, no other program.
//
// The program is started behind its walls, and that is the difficulty: the last system call before it must
// still be exec, and may be none that it can make itself.
#pragma once

#include "base/result.h"
#include "programs/listed_programs.h"

#include <cstdint>
#include <string>
#include <vector>

namespace greffe {

struct ProgramLimits {
    std::uint64_t addressSpaceBytes = 1ULL << 30U;
    std::uint64_t openFiles = 64;
    std::uint64_t outputBytes = 128ULL << 20U;  // each file that it writes to: its standard output
    std::uint32_t cpuSeconds = 20;              // of a run that does not say how long it may take
    std::uint32_t wallSeconds = 60;             // the launcher's, not a limit of the kernel's
};

// Turns the calling process, a child with one thread, into the program. Its folder is its current directory
// already, its descriptors are in their places. Returns only when that failed.
Error becomeProgram(const ListedProgram& program, const std::vector<std::string>& arguments,
                    const std::string& folder, const ProgramLimits& limits);

}  // namespace greffe
