// SPDX-License-Identifier: Apache-2.0
// Runs a program on a kernel that seems to have no Landlock: without_landlock PROGRAM [ARGUMENT]…
#include <seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

int main(int, char** argv) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == nullptr || argv[1] == nullptr) return 2;
    const bool isLoaded =
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) == 0 &&
        seccomp_load(filter) == 0;
    seccomp_release(filter);
    if (!isLoaded) return 2;
    execv(argv[1], argv + 1);
    std::perror(argv[1]);
    return 127;
}
