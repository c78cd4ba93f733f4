// SPDX-License-Identifier: Apache-2.0
// GREFFE_INVARIANT: what must be true whatever the input. On in release: a daemon that goes on after its own
// logic broke would write that into somebody's contract. Ends the process; recovery starts from the journal.
#pragma once

namespace greffe {

[[noreturn]] void invariantBroken(const char* condition, const char* file, int line);

}  // namespace greffe

#define GREFFE_INVARIANT(condition) \
    ((condition) ? static_cast<void>(0) : ::greffe::invariantBroken(#condition, __FILE__, __LINE__))
