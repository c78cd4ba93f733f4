// SPDX-License-Identifier: Apache-2.0
#include "workers/seccomp_rules.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace greffe {
namespace {

// What every worker needs: memory, its own descriptors, its socket, clocks, waiting, leaving. What must be
// about itself only is in allowOnItself.
constexpr int kCommonCalls[] = {SCMP_SYS(read),
                                SCMP_SYS(pread64),
                                SCMP_SYS(readv),
                                SCMP_SYS(write),
                                SCMP_SYS(pwrite64),
                                SCMP_SYS(writev),
                                SCMP_SYS(lseek),
                                SCMP_SYS(close),
                                SCMP_SYS(close_range),
                                SCMP_SYS(fstat),
                                SCMP_SYS(newfstatat),
                                SCMP_SYS(statx),
                                SCMP_SYS(ftruncate),
                                SCMP_SYS(fallocate),
                                SCMP_SYS(dup),
                                SCMP_SYS(copy_file_range),
                                SCMP_SYS(mmap),
                                SCMP_SYS(munmap),
                                SCMP_SYS(mremap),
                                SCMP_SYS(mprotect),
                                SCMP_SYS(madvise),
                                SCMP_SYS(brk),
                                SCMP_SYS(sendmsg),
                                SCMP_SYS(recvmsg),
                                SCMP_SYS(poll),
                                SCMP_SYS(ppoll),
                                SCMP_SYS(select),
                                SCMP_SYS(pselect6),
                                SCMP_SYS(epoll_create1),
                                SCMP_SYS(epoll_ctl),
                                SCMP_SYS(epoll_wait),
                                SCMP_SYS(epoll_pwait),
                                SCMP_SYS(futex),
                                SCMP_SYS(futex_waitv),
                                SCMP_SYS(set_robust_list),
                                SCMP_SYS(get_robust_list),
                                SCMP_SYS(rseq),
                                SCMP_SYS(sched_yield),
                                SCMP_SYS(sched_getaffinity),
                                SCMP_SYS(clock_gettime),
                                SCMP_SYS(clock_getres),
                                SCMP_SYS(clock_nanosleep),
                                SCMP_SYS(nanosleep),
                                SCMP_SYS(gettimeofday),
                                SCMP_SYS(time),
                                SCMP_SYS(getrandom),
                                SCMP_SYS(getpid),
                                SCMP_SYS(gettid),
                                SCMP_SYS(getppid),
                                SCMP_SYS(getuid),
                                SCMP_SYS(geteuid),
                                SCMP_SYS(getgid),
                                SCMP_SYS(getegid),
                                SCMP_SYS(uname),
                                SCMP_SYS(sysinfo),
                                SCMP_SYS(getrusage),
                                SCMP_SYS(times),
                                SCMP_SYS(getrlimit),
                                SCMP_SYS(setrlimit),
                                SCMP_SYS(rt_sigaction),
                                SCMP_SYS(rt_sigprocmask),
                                SCMP_SYS(rt_sigreturn),
                                SCMP_SYS(sigaltstack),
                                SCMP_SYS(restart_syscall),
                                SCMP_SYS(exit),
                                SCMP_SYS(exit_group),
                                SCMP_SYS(getcwd),
                                SCMP_SYS(membarrier),
                                SCMP_SYS(arch_prctl)};

#ifdef GREFFE_SANITIZED
// The leak check at exit opens /proc and pauses a thread of its own; the walls under test are tried without
// it.
constexpr int kSanitizerCalls[] = {
    SCMP_SYS(pipe),       SCMP_SYS(pipe2),  SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(access), SCMP_SYS(stat), SCMP_SYS(lstat),  SCMP_SYS(getdents64)};
#endif

}  // namespace

Status allowCalls(scmp_filter_ctx filter, std::span<const int> calls) {
    for (const int call : calls) {
        const int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
        if (rc != 0 && rc != -EEXIST) return systemError(fmt::format("seccomp: rule for call {}", call), -rc);
    }
    return {};
}

Status allowCallWhen(scmp_filter_ctx filter, int call, std::initializer_list<scmp_arg_cmp> when) {
    const int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, static_cast<unsigned>(when.size()),
                                          when.begin());
    return rc == 0 || rc == -EEXIST ? Status()
                                    : systemError(fmt::format("seccomp: rule for call {}", call), -rc);
}

scmp_arg_cmp argumentEquals(unsigned argument, std::uint64_t value) {
    return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp argumentHasBits(unsigned argument, std::uint64_t mask, std::uint64_t bits) {
    return {argument, SCMP_CMP_MASKED_EQ, mask, bits};
}

Status allowCommonCalls(scmp_filter_ctx filter) {
    GREFFE_TRY(allowCalls(filter, kCommonCalls));
#ifdef GREFFE_SANITIZED
    GREFFE_TRY(allowCalls(filter, kSanitizerCalls));
#endif
    return {};
}

// Calls whose arguments decide: the engine runs as the same user, so a signal, a limit or the ownership of a
// descriptor's signals would reach it unless they are for this very process.
Status allowOnItself(scmp_filter_ctx filter) {
    const auto self = static_cast<std::uint64_t>(getpid());
    // A signal to itself: abort() after an invariant.
    GREFFE_TRY(allowCallWhen(filter, SCMP_SYS(kill), {argumentEquals(0, self)}));
    GREFFE_TRY(allowCallWhen(filter, SCMP_SYS(tgkill), {argumentEquals(0, self)}));
    for (const std::uint64_t process : {std::uint64_t{0}, self})
        GREFFE_TRY(allowCallWhen(filter, SCMP_SYS(prlimit64), {argumentEquals(0, process)}));
    // Not F_SETOWN, F_SETSIG, F_NOTIFY, F_SETLEASE: the kernel then sends a signal for us, to anybody.
    for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_ADD_SEALS,
                              F_GET_SEALS, F_GETLK, F_SETLK, F_SETLKW})
        GREFFE_TRY(
            allowCallWhen(filter, SCMP_SYS(fcntl), {argumentEquals(1, static_cast<std::uint64_t>(command))}));
    // Only naming a thread and asking about memory.
    for (const int option : {PR_SET_NAME, PR_SET_VMA})
        GREFFE_TRY(
            allowCallWhen(filter, SCMP_SYS(prctl), {argumentEquals(0, static_cast<std::uint64_t>(option))}));
    return {};
}

Result<SeccompFilter> SeccompFilter::make() {
    SeccompFilter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
    if (filter.context_ == nullptr) return makeError(Errc::Unsupported, "seccomp: no filter can be made");
    // glibc tries clone3 first and falls back on ENOSYS; its flags are in memory, where a filter cannot look.
    seccomp_rule_add(filter.context_, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    return filter;
}

SeccompFilter::SeccompFilter(SeccompFilter&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)) {}

SeccompFilter::~SeccompFilter() {
    if (context_ != nullptr) seccomp_release(context_);
}

Status SeccompFilter::load() const {
    const int rc = seccomp_load(context_);
    return rc == 0 ? Status() : systemError("seccomp: cannot load the filter", -rc);
}

}  // namespace greffe
