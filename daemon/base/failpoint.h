// SPDX-License-Identifier: Apache-2.0
// Named places between two durable steps where a test can make the program die, fail or wait.
//
// Compiled in only with GREFFE_FAILPOINTS; otherwise the macro is nothing. Driven by the environment variable
// GREFFE_FAILPOINTS_SET="name=action[@n];…" with actions abort (SIGKILL to itself), error (the place reports
// an I/O error), sleep:<ms>; @n means "at the n-th hit only". Every hit is appended to the file
// GREFFE_FAILPOINTS_LOG, when set, so that a test can assert that all names were reached.
#pragma once

#include "base/result.h"

namespace greffe {

#ifdef GREFFE_FAILPOINTS
// Error: the place must behave as if its system call had failed.
Status hitFailpoint(const char* name);
#define GREFFE_FAILPOINT(name) GREFFE_TRY(::greffe::hitFailpoint(name))
#else
#define GREFFE_FAILPOINT(name) static_cast<void>(0)
#endif

}  // namespace greffe
