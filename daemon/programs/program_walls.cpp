// SPDX-License-Identifier: Apache-2.0
#include "programs/program_walls.h"

#include "workers/landlock_rules.h"
#include "workers/seccomp_rules.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace greffe {
namespace {

// Starting (the dynamic loader), and files that are there.
constexpr int kReadingCalls[] = {SCMP_SYS(set_tid_address), SCMP_SYS(access),     SCMP_SYS(faccessat),
                                 SCMP_SYS(faccessat2),      SCMP_SYS(stat),       SCMP_SYS(lstat),
                                 SCMP_SYS(statfs),          SCMP_SYS(fstatfs),    SCMP_SYS(readlink),
                                 SCMP_SYS(getdents),        SCMP_SYS(readlinkat), SCMP_SYS(getdents64),
                                 SCMP_SYS(fadvise64),       SCMP_SYS(umask),      SCMP_SYS(mlock),
                                 SCMP_SYS(munlock)};

// Where the dynamic loader and libraries are.
constexpr const char* kLibraries[] = {"/usr/lib",       "/usr/lib64",         "/lib",
                                      "/lib64",         "/usr/local/lib",     "/etc/ld.so.cache",
                                      "/dev/null",      "/dev/urandom",       "/usr/share/locale",
                                      "/etc/localtime", "/usr/share/zoneinfo"};

// exec takes three arguments and the kernel gives a filter six: the other three are a password. It is made
// for this one start, stands in the filter, which nobody can read, and in registers that exec clears; the
// program that is running then cannot say it. So nothing is ever started but the program itself, with or
// without Landlock.
struct ExecPassword {
    std::array<std::uint64_t, 3> words{};
};

Result<ExecPassword> makePassword() {
    ExecPassword password;
    if (getrandom(password.words.data(), sizeof password.words, 0) !=
        static_cast<ssize_t>(sizeof password.words))
        return systemError("no random numbers", errno);
    return password;
}

Status filterCalls(const ExecPassword& password) {
    GREFFE_TRY_ASSIGN(const SeccompFilter filter, SeccompFilter::make());
    const scmp_filter_ctx context = filter.context();
    GREFFE_TRY(allowCommonCalls(context));
    GREFFE_TRY(allowOnItself(context));
    GREFFE_TRY(allowCalls(context, kReadingCalls));
    constexpr std::uint64_t kNotForReading = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
    GREFFE_TRY(allowCallWhen(context, SCMP_SYS(open), {argumentHasBits(1, kNotForReading, O_RDONLY)}));
    GREFFE_TRY(allowCallWhen(context, SCMP_SYS(openat), {argumentHasBits(2, kNotForReading, O_RDONLY)}));
    GREFFE_TRY(allowCallWhen(context, SCMP_SYS(execve),
                             {argumentEquals(3, password.words[0]), argumentEquals(4, password.words[1]),
                              argumentEquals(5, password.words[2])}));
    return filter.load();
}

// The dynamic loader, which the kernel starts for the program and which must be allowed by name: that of this
// very program, which is built for the same system.
std::string dynamicLoader() {
    const auto* header = reinterpret_cast<const ElfW(Phdr)*>(getauxval(AT_PHDR));
    const unsigned long count = getauxval(AT_PHNUM);
    std::uintptr_t moved = 0;
    for (unsigned long i = 0; i < count; ++i)
        if (header[i].p_type == PT_PHDR) moved = reinterpret_cast<std::uintptr_t>(header) - header[i].p_vaddr;
    for (unsigned long i = 0; i < count; ++i)
        if (header[i].p_type == PT_INTERP) return reinterpret_cast<const char*>(moved + header[i].p_vaddr);
    return {};
}

Status restrictFiles(const ListedProgram& program, const std::string& folder) {
    std::vector<AllowedPath> paths = {{program.path, true}, {folder}};
    if (const std::string loader = dynamicLoader(); !loader.empty()) paths.push_back({loader, true});
    for (const char* library : kLibraries)
        paths.push_back({library});
    for (const std::string& readable : program.readable)
        paths.push_back({readable});
    auto restricted = restrictToPaths(paths, TcpAccess::Closed);
    return restricted ? Status() : restricted.error();
}

Status limit(int resource, std::uint64_t value, const char* name) {
    // The processor's first limit is a signal that says so, the second one kills.
    const rlimit both{value, resource == RLIMIT_CPU ? value + 1 : value};
    if (setrlimit(static_cast<__rlimit_resource_t>(resource), &both) != 0)
        return systemError(fmt::format("cannot limit {}", name), errno);
    return {};
}

Status closeIn(const ListedProgram& program, const std::string& folder, const ProgramLimits& limits,
               const ExecPassword& password) {
    GREFFE_TRY(limit(RLIMIT_CORE, 0, "core files"));
    GREFFE_TRY(limit(RLIMIT_NOFILE, limits.openFiles, "open files"));
    GREFFE_TRY(limit(RLIMIT_FSIZE, limits.outputBytes, "file size"));
    GREFFE_TRY(limit(RLIMIT_CPU, limits.cpuSeconds, "processor time"));
    GREFFE_TRY(limit(RLIMIT_NPROC, 0, "processes"));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return systemError("cannot set no_new_privs", errno);
    GREFFE_TRY(restrictFiles(program, folder));
    GREFFE_TRY(filterCalls(password));
    // Last: what stands above needs memory, and this process may have more than the program may.
    return limit(RLIMIT_AS, limits.addressSpaceBytes, "address space");
}

}  // namespace

Error becomeProgram(const ListedProgram& program, const std::vector<std::string>& arguments,
                    const std::string& folder, const ProgramLimits& limits) {
    std::vector<const char*> words = {program.name.c_str()};
    for (const std::string& argument : arguments)
        words.push_back(argument.c_str());
    words.push_back(nullptr);
    const std::string home = "HOME=" + folder;
    const std::string temporary = "TMPDIR=" + folder;
    const char* environment[] = {home.c_str(), temporary.c_str(), "LANG=C.UTF-8", "PATH=/usr/bin:/bin",
                                 nullptr};
    auto password = makePassword();
    if (!password) return password.error();
    if (const Status closed = closeIn(program, folder, limits, *password); !closed) return closed.error();
    syscall(SYS_execve, program.path.c_str(), words.data(), environment, password->words[0],
            password->words[1], password->words[2]);
    return systemError(program.path + ": cannot be started", errno);
}

}  // namespace greffe
