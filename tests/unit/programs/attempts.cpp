// SPDX-License-Identifier: Apache-2.0
// A program as a hijacked one would be: does what its first argument says, and prints what came of it. Built
// without sanitizers in every tree: what runs behind the walls is code of others.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

extern char** environ;

namespace {

void line(const char* name, long result) {
    printf("%s %s\n", name, result >= 0 ? "ok" : strerrorname_np(errno));
    fflush(stdout);
}

void tryEverything(const char* foreignFile) {
    char program[] = "/bin/true";
    char* arguments[] = {program, nullptr};
    line("exec", execve(program, arguments, environ));
    line("exec of itself", execve("/proc/self/exe", arguments, environ));
    line("exec of the loader", execve("/lib64/ld-linux-x86-64.so.2", arguments, environ));
    line("execveat", syscall(SYS_execveat, AT_FDCWD, program, arguments, environ, 0));
    line("fork", syscall(SYS_fork));
    line("vfork", syscall(SYS_vfork));
    line("clone", syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
    line("thread", syscall(SYS_clone, 0x50f00, nullptr, nullptr, nullptr, nullptr));
    line("ptrace", ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr));
    line("kill", kill(getppid(), 0));
    line("session", setsid());
    line("group", setpgid(0, 0));
    const rlimit few{16, 16};
    line("limit of another", prlimit(getppid(), RLIMIT_NOFILE, &few, nullptr));
    const rlimit much{RLIM_INFINITY, RLIM_INFINITY};
    // Root may raise its own: what is behind the walls then still is.
    if (geteuid() != 0) line("more memory", setrlimit(RLIMIT_AS, &much));
    line("socket", socket(AF_INET, SOCK_STREAM, 0));
    line("unix socket", socket(AF_UNIX, SOCK_STREAM, 0));
    line("memory file", syscall(SYS_memfd_create, "x", 0));
    line("foreign file", open(foreignFile, O_RDONLY));
    line("passwd", open("/etc/passwd", O_RDONLY));
    line("programs", open("/bin/true", O_RDONLY));
    line("other processes", open("/proc/1/environ", O_RDONLY));
    line("own folder", open(".", O_RDONLY | O_DIRECTORY));
    line("folder above", open("..", O_RDONLY | O_DIRECTORY));
    line("write here", open("result", O_WRONLY | O_CREAT, 0600));
    line("change the input", open("input", O_WRONLY));
    line("remove the input", unlink("input"));
    line("make a folder", mkdir("more", 0700));
    line("mount", syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, nullptr));
    line("unshare", syscall(SYS_unshare, 0x10000000));
    line("uring", syscall(SYS_io_uring_setup, 1, nullptr));
    line("input", open("input", O_RDONLY));
    line("libraries", open("/usr/lib", O_RDONLY | O_DIRECTORY));
}

void showItself(int argc, char** argv) {
    for (int i = 0; i < argc; ++i)
        printf("word %s\n", argv[i]);
    for (char** entry = environ; *entry != nullptr; ++entry)
        printf("environment %s\n", *entry);
    char text[4096] = {};
    printf("folder %s\n", getcwd(text, sizeof text));
    const int input = open("input", O_RDONLY);
    const ssize_t got = read(input, text, sizeof text - 1);
    printf("input %.*s\n", static_cast<int>(got), text);
    for (int fd = 0; fd < 64; ++fd)
        if (fd != input && fcntl(fd, F_GETFD) >= 0) printf("descriptor %d\n", fd);
    fprintf(stderr, "a word of complaint\n");
}

[[noreturn]] void writeForEver(int fd) {
    char block[65536];
    memset(block, 'x', sizeof block);
    for (;;)
        if (write(fd, block, sizeof block) < 0) _exit(9);
}

[[noreturn]] void takeMemory() {
    for (;;) {
        void* more = mmap(nullptr, 64U << 20U, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (more == MAP_FAILED) _exit(7);
        memset(more, 1, 4096);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const char* what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "attempts") == 0) tryEverything(argv[2]);
    if (strcmp(what, "show") == 0) showItself(argc, argv);
    if (strcmp(what, "flood") == 0) writeForEver(1);
    if (strcmp(what, "complain") == 0) writeForEver(2);
    if (strcmp(what, "memory") == 0) takeMemory();
    if (strcmp(what, "die") == 0) abort();
    if (strcmp(what, "fail") == 0) return 3;
    if (strcmp(what, "labour") == 0) {
        while (clock() < 2 * CLOCKS_PER_SEC) {
        }
        return 0;
    }
    while (strcmp(what, "spin") == 0) {
    }
    if (strcmp(what, "close") == 0) {
        close(0);
        close(1);
        close(2);
        for (;;)
            pause();
    }
    while (strcmp(what, "sleep") == 0)
        pause();
    return 0;
}
