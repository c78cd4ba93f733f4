// SPDX-License-Identifier: Apache-2.0
// What the kernel tells of a process and its descendants (proc(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace greffe {

// The process first, then its children and theirs.
std::vector<pid_t> processTree(pid_t root);

// Proportional set size: shared pages are counted once over all that share them. MiB.
double pssMebibytes(const std::vector<pid_t>& processes);

// Memory that belongs to no file: heap and stack. MiB.
double anonymousMebibytes(pid_t process);

// How often the process gave the processor away because it had nothing to do: each is one wake-up later on.
std::uint64_t voluntarySwitches(const std::vector<pid_t>& processes);

// Processor time of the process, user and system. Seconds, in steps of 10 ms.
double processorSeconds(pid_t process);
// The same of its children that ended and were waited for.
double endedChildrenSeconds(pid_t process);

}  // namespace greffe
