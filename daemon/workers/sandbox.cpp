// SPDX-License-Identifier: Apache-2.0
#include "workers/sandbox.h"

#include "workers/landlock_rules.h"
#include "workers/seccomp_rules.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

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

// Results leave in memory files. The programs of converters have none: their memory would count for nobody.
constexpr int kResultCalls[] = {SCMP_SYS(memfd_create)};

// Name resolution, TLS and sockets for blocking providers and the HTTP wire. What carries an argument that
// matters (which kind of socket, how a file is opened) is in allowNetwork.
constexpr int kNetworkCalls[] = {
    SCMP_SYS(connect),    SCMP_SYS(bind),       SCMP_SYS(getsockname),    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(sendto),         SCMP_SYS(recvfrom),
    SCMP_SYS(sendmmsg),   SCMP_SYS(recvmmsg),   SCMP_SYS(shutdown),       SCMP_SYS(pipe2),
    SCMP_SYS(eventfd2),   SCMP_SYS(access),     SCMP_SYS(faccessat),      SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),   SCMP_SYS(readlinkat), SCMP_SYS(stat),           SCMP_SYS(lstat),
    SCMP_SYS(getdents64), SCMP_SYS(fstatfs),    SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime)};

Status allowNetwork(scmp_filter_ctx filter) {
    GREFFE_TRY(allowCalls(filter, kNetworkCalls));
    // Unix: the resolver's daemons. Netlink: which addresses this machine has. No packets by hand, nothing
    // exotic.
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
        GREFFE_TRY(
            allowCallWhen(filter, SCMP_SYS(socket), {argumentEquals(0, static_cast<std::uint64_t>(family))}));
    // libcurl wakes its own thread through one.
    GREFFE_TRY(allowCallWhen(filter, SCMP_SYS(socketpair), {argumentEquals(0, AF_UNIX)}));
    // Files for reading only: resolver, trust roots, the name service's modules.
    constexpr std::uint64_t kNotForReading = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
    GREFFE_TRY(allowCallWhen(filter, SCMP_SYS(open), {argumentHasBits(1, kNotForReading, O_RDONLY)}));
    GREFFE_TRY(allowCallWhen(filter, SCMP_SYS(openat), {argumentHasBits(2, kNotForReading, O_RDONLY)}));
    for (const unsigned long request : {FIONREAD, FIONBIO})
        GREFFE_TRY(allowCallWhen(filter, SCMP_SYS(ioctl), {argumentEquals(1, request)}));
    // Threads (libcurl resolves names in one), but no processes.
    return allowCallWhen(filter, SCMP_SYS(clone), {argumentHasBits(0, CLONE_THREAD, CLONE_THREAD)});
}

Status installFilter(PoolKind kind) {
    GREFFE_TRY_ASSIGN(const SeccompFilter filter, SeccompFilter::make());
    GREFFE_TRY(allowCommonCalls(filter.context()));
    GREFFE_TRY(allowCalls(filter.context(), kResultCalls));
    if (kind == PoolKind::Providers) GREFFE_TRY(allowNetwork(filter.context()));
    GREFFE_TRY(allowOnItself(filter.context()));
    return filter.load();
}

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

Result<int> enterLandlock(PoolKind kind) {
    const bool mayConnect = kind == PoolKind::Providers;
    std::vector<AllowedPath> readable;
    if (mayConnect)
        for (const char* path : kReadableByProviders)
            readable.push_back({path});
    return restrictToPaths(readable, mayConnect ? TcpAccess::Open : TcpAccess::Closed);
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
    if (kind != PoolKind::Providers) GREFFE_TRY(limit(RLIMIT_NPROC, 0, "processes"));
    if (landlock == Landlock::WhereItIs) {
        GREFFE_TRY_ASSIGN(report.landlockAbi, enterLandlock(kind));
    }
    GREFFE_TRY(installFilter(kind));
    report.hasSeccomp = true;
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
