// SPDX-License-Identifier: Apache-2.0
#include "workers/sandbox.h"

#include "sys/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <iterator>

namespace greffe {
namespace {

struct PoolRow {
    PoolKind kind;
    std::string_view name;
};
constexpr PoolRow kPools[] = {{PoolKind::Documents, "documents"},
                              {PoolKind::Lua, "lua"},
                              {PoolKind::Keys, "keys"},
                              {PoolKind::Providers, "providers"},
                              {PoolKind::Converters, "converters"}};

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
                                SCMP_SYS(memfd_create),
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

// Name resolution, TLS and sockets for blocking providers and the HTTP wire. What carries an argument that
// matters (which kind of socket, how a file is opened) is in allowNetwork.
constexpr int kNetworkCalls[] = {
    SCMP_SYS(connect),    SCMP_SYS(bind),       SCMP_SYS(getsockname),    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(sendto),         SCMP_SYS(recvfrom),
    SCMP_SYS(sendmmsg),   SCMP_SYS(recvmmsg),   SCMP_SYS(shutdown),       SCMP_SYS(pipe2),
    SCMP_SYS(eventfd2),   SCMP_SYS(access),     SCMP_SYS(faccessat),      SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),   SCMP_SYS(readlinkat), SCMP_SYS(stat),           SCMP_SYS(lstat),
    SCMP_SYS(getdents64), SCMP_SYS(fstatfs),    SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime)};

#ifdef GREFFE_SANITIZED
// The leak check at exit opens /proc and pauses a thread of its own; the walls under test are tried without
// it.
constexpr int kSanitizerCalls[] = {
    SCMP_SYS(pipe),       SCMP_SYS(pipe2),  SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(access), SCMP_SYS(stat), SCMP_SYS(lstat),  SCMP_SYS(getdents64)};
#endif

Status allow(scmp_filter_ctx filter, const int* calls, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
        if (rc != 0 && rc != -EEXIST)
            return systemError(fmt::format("seccomp: rule for call {}", calls[i]), -rc);
    }
    return {};
}

Status allowOne(scmp_filter_ctx filter, int call, std::initializer_list<scmp_arg_cmp> when) {
    const int rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, static_cast<unsigned>(when.size()),
                                          when.begin());
    return rc == 0 || rc == -EEXIST ? Status()
                                    : systemError(fmt::format("seccomp: rule for call {}", call), -rc);
}

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
    return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp hasBits(unsigned argument, std::uint64_t mask, std::uint64_t bits) {
    return {argument, SCMP_CMP_MASKED_EQ, mask, bits};
}

Status allowNetwork(scmp_filter_ctx filter) {
    GREFFE_TRY(allow(filter, kNetworkCalls, std::size(kNetworkCalls)));
    // Unix: the resolver's daemons. Netlink: which addresses this machine has. No packets by hand, nothing
    // exotic.
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
        GREFFE_TRY(allowOne(filter, SCMP_SYS(socket), {equals(0, static_cast<std::uint64_t>(family))}));
    // libcurl wakes its own thread through one.
    GREFFE_TRY(allowOne(filter, SCMP_SYS(socketpair), {equals(0, AF_UNIX)}));
    // Files for reading only: resolver, trust roots, the name service's modules.
    constexpr std::uint64_t kNotForReading = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
    GREFFE_TRY(allowOne(filter, SCMP_SYS(open), {hasBits(1, kNotForReading, O_RDONLY)}));
    GREFFE_TRY(allowOne(filter, SCMP_SYS(openat), {hasBits(2, kNotForReading, O_RDONLY)}));
    for (const unsigned long request : {FIONREAD, FIONBIO})
        GREFFE_TRY(allowOne(filter, SCMP_SYS(ioctl), {equals(1, request)}));
    // Threads (libcurl resolves names in one), but no processes.
    return allowOne(filter, SCMP_SYS(clone), {hasBits(0, CLONE_THREAD, CLONE_THREAD)});
}

// Calls whose arguments decide: the engine runs as the same user, so a signal, a limit or the ownership of a
// descriptor's signals would reach it unless they are for this very process.
Status allowOnItself(scmp_filter_ctx filter) {
    const auto self = static_cast<std::uint64_t>(getpid());
    // A signal to itself: abort() after an invariant.
    GREFFE_TRY(allowOne(filter, SCMP_SYS(kill), {equals(0, self)}));
    GREFFE_TRY(allowOne(filter, SCMP_SYS(tgkill), {equals(0, self)}));
    for (const std::uint64_t process : {std::uint64_t{0}, self})
        GREFFE_TRY(allowOne(filter, SCMP_SYS(prlimit64), {equals(0, process)}));
    // Not F_SETOWN, F_SETSIG, F_NOTIFY, F_SETLEASE: the kernel then sends a signal for us, to anybody.
    for (const int command : {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_ADD_SEALS,
                              F_GET_SEALS, F_GETLK, F_SETLK, F_SETLKW})
        GREFFE_TRY(allowOne(filter, SCMP_SYS(fcntl), {equals(1, static_cast<std::uint64_t>(command))}));
    // Only naming a thread and asking about memory.
    for (const int option : {PR_SET_NAME, PR_SET_VMA})
        GREFFE_TRY(allowOne(filter, SCMP_SYS(prctl), {equals(0, static_cast<std::uint64_t>(option))}));
    return {};
}

Status installFilter(PoolKind kind) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == nullptr) return makeError(Errc::Unsupported, "seccomp: no filter can be made");
    const struct Release {
        scmp_filter_ctx filter;
        ~Release() { seccomp_release(filter); }
    } release{filter};

    GREFFE_TRY(allow(filter, kCommonCalls, std::size(kCommonCalls)));
#ifdef GREFFE_SANITIZED
    GREFFE_TRY(allow(filter, kSanitizerCalls, std::size(kSanitizerCalls)));
#endif
    // glibc tries clone3 first and falls back on ENOSYS; its flags are in memory, where a filter cannot look.
    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (kind == PoolKind::Providers) GREFFE_TRY(allowNetwork(filter));
    GREFFE_TRY(allowOnItself(filter));
    const int rc = seccomp_load(filter);
    if (rc != 0) return systemError("seccomp: cannot load the filter", -rc);
    return {};
}

// Rights of ABI 1 to 5 (Debian 12's header stops at 2; the kernel says what it knows).
constexpr std::uint64_t kAllFileRightsAbi1 = (1ULL << 13U) - 1;
constexpr std::uint64_t kRightRefer = 1ULL << 13U;
constexpr std::uint64_t kRightTruncate = 1ULL << 14U;
constexpr std::uint64_t kRightIoctlDevice = 1ULL << 15U;
constexpr std::uint64_t kNetworkRights = 3;  // ABI 4: bind and connect TCP
constexpr std::uint64_t kScopes = 3;         // ABI 6: abstract sockets and signals

struct LandlockRuleset {
    std::uint64_t filesHandled;
    std::uint64_t networkHandled;
    std::uint64_t scoped;
};

// What resolving a name and checking a certificate read. Not the rest of /etc, where other people's secrets
// are, and not the spool: a provider's worker that is taken over must not read the documents of all dossiers.
constexpr const char* kReadableByProviders[] = {
    "/etc/ssl",
    "/etc/pki",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/networks",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/usr/lib",
    "/usr/local/lib",
    "/lib",
    "/lib64",
    "/run/systemd/resolve",
    "/run/nscd",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/dnsmasq",
    "/dev/null",
    "/dev/urandom",
#ifdef GREFFE_SANITIZED
    "/proc",
#endif
};

Status allowReading(int ruleset) {
    for (const char* path : kReadableByProviders) {
        // Follows links: resolv.conf is often one.
        const int fd = open(path, O_PATH | O_CLOEXEC);
        if (fd < 0) continue;
        struct stat facts {};
        const bool isDirectory = fstat(fd, &facts) == 0 && S_ISDIR(facts.st_mode);
        landlock_path_beneath_attr rule{};
        rule.parent_fd = fd;
        rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
        if (isDirectory) rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
        const long rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0U);
        const int failure = errno;
        close(fd);
        if (rc != 0) return systemError(fmt::format("landlock: cannot allow {}", path), failure);
    }
    return {};
}

Result<int> enterLandlock(PoolKind kind) {
    const long abi =
        syscall(SYS_landlock_create_ruleset, nullptr, 0, 1U /* LANDLOCK_CREATE_RULESET_VERSION */);
    if (abi <= 0) return 0;
    const bool mayConnect = kind == PoolKind::Providers;
    LandlockRuleset rules{kAllFileRightsAbi1, 0, 0};
    if (abi >= 2) rules.filesHandled |= kRightRefer;
    if (abi >= 3) rules.filesHandled |= kRightTruncate;
    if (abi >= 5) rules.filesHandled |= kRightIoctlDevice;
    if (abi >= 4 && !mayConnect) rules.networkHandled = kNetworkRights;
    if (abi >= 6) rules.scoped = kScopes;
    const std::size_t size = abi >= 6   ? sizeof rules
                             : abi >= 4 ? sizeof(std::uint64_t) * 2
                                        : sizeof(std::uint64_t);
    const long ruleset = syscall(SYS_landlock_create_ruleset, &rules, size, 0U);
    if (ruleset < 0) return systemError("landlock: no ruleset", errno);
    const UniqueFd closer(static_cast<int>(ruleset));
    if (mayConnect) GREFFE_TRY(allowReading(closer.get()));
    if (syscall(SYS_landlock_restrict_self, closer.get(), 0U) != 0)
        return systemError("landlock: cannot restrict", errno);
    return static_cast<int>(abi);
}

Status limit(int resource, std::uint64_t value, const char* name) {
    const rlimit both{value, value};
    if (setrlimit(static_cast<__rlimit_resource_t>(resource), &both) != 0)
        return systemError(fmt::format("cannot limit {}", name), errno);
    return {};
}

}  // namespace

std::string_view poolName(PoolKind kind) {
    for (const PoolRow& row : kPools)
        if (row.kind == kind) return row.name;
    return "unknown";
}

Result<PoolKind> poolByName(std::string_view name) {
    for (const PoolRow& row : kPools)
        if (row.name == name) return row.kind;
    return makeError(Errc::Invalid, fmt::format("unknown pool \"{}\"", name));
}

SandboxLimits defaultLimits(PoolKind kind) {
    SandboxLimits limits;
    if (kind == PoolKind::Lua) {
        limits.addressSpaceBytes = 256ULL << 20U;
        // An evaluation stops itself after 2 s (lua/sandbox.h) and then says so: with 2 s here a call that
        // began at the end of a counted second was killed first.
        limits.cpuSecondsPerCall = 4;
    }
    if (kind == PoolKind::Providers) limits.cpuSecondsPerCall = 120;
    return limits;
}

Status forbidDumps() {
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return systemError("cannot forbid tracing", errno);
    return limit(RLIMIT_CORE, 0, "core files");
}

Result<SandboxReport> enterSandbox(PoolKind kind, const SandboxLimits& limits, Landlock landlock) {
    SandboxReport report;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return systemError("cannot set no_new_privs", errno);
    GREFFE_TRY(forbidDumps());
#ifndef GREFFE_SANITIZED
    // A sanitizer reserves terabytes of shadow.
    GREFFE_TRY(limit(RLIMIT_AS, limits.addressSpaceBytes, "address space"));
#endif
    GREFFE_TRY(limit(RLIMIT_NOFILE, limits.openFiles, "open files"));
    GREFFE_TRY(limit(RLIMIT_FSIZE, limits.fileSizeBytes, "file size"));
    if (kind != PoolKind::Providers && kind != PoolKind::Converters)
        GREFFE_TRY(limit(RLIMIT_NPROC, 0, "processes"));
    if (landlock == Landlock::WhereItIs) {
        GREFFE_TRY_ASSIGN(report.landlockAbi, enterLandlock(kind));
    }
    if (kind != PoolKind::Converters) {
        GREFFE_TRY(installFilter(kind));
        report.hasSeccomp = true;
    }
    return report;
}

void renewCpuLimit(std::uint32_t seconds) {
#ifdef GREFFE_SANITIZED
    seconds *= 10;
#endif
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    rlimit cpu{};
    getrlimit(RLIMIT_CPU, &cpu);
    cpu.rlim_cur = static_cast<rlim_t>(used.tv_sec) + seconds + 1;
    setrlimit(RLIMIT_CPU, &cpu);
}

}  // namespace greffe
