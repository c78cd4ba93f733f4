// SPDX-License-Identifier: Apache-2.0
#include "base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace greffe {

void invariantBroken(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "greffe: invariant broken: %s (%s:%d); the process ends, the journal is intact\n",
                 condition, file, line);
    std::abort();
}

}  // namespace greffe
