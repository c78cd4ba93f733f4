// SPDX-License-Identifier: Apache-2.0
// What a providers' worker can still do once its sandbox is closed: tried from inside, in a child.
#include "workers/sandbox.h"

#include "support/contained_child.h"
#include "support/temporary_directory.h"
#include "support/test_server.h"
#include "sys/files.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <linux/if_packet.h>
#include <linux/memfd.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <fstream>
#include <thread>

namespace greffe {
namespace {

using testing::HasSubstr;
using testing::Not;

// Runs `attempts` in a child inside the sandbox; each writes a line.
std::string inside(const std::function<std::string()>& attempts, Landlock landlock = Landlock::WhereItIs) {
    const ChildEnd end = runContained(20, [&] {
        const auto report = enterSandbox(PoolKind::Providers, defaultLimits(PoolKind::Providers), landlock);
        if (!report) return "no sandbox: " + report.error().text();
        return attempts();
    });
    EXPECT_TRUE(end.hasFinished()) << "status " << end.status;
    return end.output;
}

// "name ok" or "name <errno's name>".
std::string line(const char* name, long result) {
    return fmt::format("{} {}\n", name, result >= 0 ? "ok" : strerrorname_np(errno));
}

// Each with and without Landlock, whose newer versions refuse some of it, too.
class ProvidersWalls : public testing::TestWithParam<Landlock> {};
INSTANTIATE_TEST_SUITE_P(ProvidersSandbox, ProvidersWalls,
                         testing::Values(Landlock::WhereItIs, Landlock::LeftOut),
                         [](const testing::TestParamInfo<Landlock>& tested) {
                             return tested.param == Landlock::WhereItIs ? "All" : "WithoutLandlock";
                         });

TEST_P(ProvidersWalls, StartNoProcessesAndTouchNoOthers) {
    const auto attempts = [] {
        std::string text;
        char program[] = "/bin/true";
        char* arguments[] = {program, nullptr};
        text += line("execve", execve(program, arguments, arguments));
        text += line("execveat", syscall(SYS_execveat, AT_FDCWD, program, arguments, arguments, 0));
        text += line("fork", syscall(SYS_fork));
        text += line("vfork", syscall(SYS_vfork));
        text += line("clone", syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
        text += line("ptrace", ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
        text += line("process_vm_readv", syscall(SYS_process_vm_readv, getppid(), nullptr, 0, nullptr, 0, 0));
        text += line("kill", kill(getppid(), 0));
        text += line("mount", mount("none", "/mnt", "tmpfs", 0, nullptr));
        text += line("unshare", syscall(SYS_unshare, 0x10000000));
        text += line("bpf", syscall(SYS_bpf, 0, nullptr, 0));
        text += line("listen", listen(0, 1));
        text += line("setuid", syscall(SYS_setuid, 0));
        return text;
    };
    EXPECT_EQ(inside(attempts, GetParam()),
              "execve EPERM\nexecveat EPERM\nfork EPERM\nvfork EPERM\nclone EPERM\nptrace EPERM\n"
              "process_vm_readv EPERM\nkill EPERM\nmount EPERM\nunshare EPERM\nbpf EPERM\nlisten "
              "EPERM\nsetuid EPERM\n");
}

// The engine has the same user: what names a process must name the worker's own.
TEST_P(ProvidersWalls, SignalAndLimitThemselvesOnly) {
    const auto attempts = [] {
        const pid_t engine = getppid();
        int pipe[2];
        socketpair(AF_UNIX, SOCK_STREAM, 0, pipe);
        f_owner_ex owner{F_OWNER_PID, engine};
        const rlimit few{16, 16};
        std::string text;
        text += line("tgkill", syscall(SYS_tgkill, engine, engine, 0));
        text += line("tkill", syscall(SYS_tkill, engine, 0));
        text += line("queue", syscall(SYS_rt_sigqueueinfo, engine, 0, nullptr));
        text += line("pidfd", syscall(SYS_pidfd_open, engine, 0));
        text += line("prlimit", prlimit(engine, RLIMIT_NOFILE, &few, nullptr));
        text += line("owner", fcntl(pipe[0], F_SETOWN, engine));
        text += line("owner_ex", fcntl(pipe[0], F_SETOWN_EX, &owner));
        text += line("signal", fcntl(pipe[0], F_SETSIG, SIGKILL));
        text += line("notify", fcntl(pipe[0], F_NOTIFY, 1));
        text += line("lease", fcntl(pipe[0], F_SETLEASE, F_RDLCK));
        text += line("async", ioctl(pipe[0], FIOSETOWN, &engine));
        rlimit own{};
        text += line("own limit", prlimit(0, RLIMIT_NOFILE, nullptr, &own));
        text += line("own limit by number", prlimit(getpid(), RLIMIT_NOFILE, nullptr, &own));
        text += line("own signal", syscall(SYS_tgkill, getpid(), gettid(), 0));
        text += line("own flags", fcntl(pipe[0], F_SETFL, O_NONBLOCK));
        text += line("own copy", fcntl(pipe[0], F_DUPFD_CLOEXEC, 10));
        return text;
    };
    EXPECT_EQ(
        inside(attempts, GetParam()),
        "tgkill EPERM\ntkill EPERM\nqueue EPERM\npidfd EPERM\nprlimit EPERM\nowner EPERM\nowner_ex "
        "EPERM\nsignal EPERM\nnotify EPERM\nlease EPERM\nasync EPERM\nown limit ok\nown limit by number "
        "ok\nown signal ok\nown flags ok\nown copy ok\n");
}

TEST(ServiceUnit, WritesNoCores) {
    EXPECT_THAT(readFile(GREFFE_SOURCE_DIR "/config/systemd/greffe.service.in", 1U << 16U).value(),
                HasSubstr("\nLimitCORE=0\n"));
}

TEST(ProvidersSandbox, ReadsWhatAResolverReadsAndWritesNothing) {
    const TemporaryDirectory directory;
    const std::string secret = directory.path() + "/secret";
    std::ofstream(secret) << "another instance's password";
    const std::string said = inside([&] {
        std::string text;
        text += line("hosts", open("/etc/hosts", O_RDONLY));
        text += line("roots", open("/etc/ssl/certs/ca-certificates.crt", O_RDONLY));
        text += line("secret", open(secret.c_str(), O_RDONLY));
        text += line("passwd", open("/etc/passwd", O_RDONLY));
        text += line("directory", open(directory.path().c_str(), O_RDONLY | O_DIRECTORY));
#ifndef GREFFE_SANITIZED  // a sanitizer's runtime may open what it likes
        text += line("write", open(secret.c_str(), O_WRONLY));
        text += line("create", open((secret + "2").c_str(), O_RDWR | O_CREAT, 0600));
        text += line("truncate", open("/etc/hosts", O_RDONLY | O_TRUNC));
#endif
        text += line("unlink", unlink(secret.c_str()));
        text += line("rename", rename(secret.c_str(), "/tmp/x"));
        text += line("link", link(secret.c_str(), "/tmp/x"));
        text += line("mkdir", mkdir((secret + "d").c_str(), 0700));
        text += line("memory", memfd_create("x", 0));
        return text;
    });
    EXPECT_THAT(said, HasSubstr("hosts ok\nroots ok\nsecret EACCES\npasswd EACCES\ndirectory EACCES\n"));
#ifndef GREFFE_SANITIZED
    EXPECT_THAT(said, HasSubstr("write EPERM\ncreate EPERM\ntruncate EPERM\n"));
#endif
    EXPECT_THAT(said, HasSubstr("unlink EPERM\nrename EPERM\nlink EPERM\nmkdir EPERM\nmemory ok\n"));
}

TEST(ProvidersSandbox, OpensOrdinarySocketsOnly) {
    const std::string said = inside([] {
        std::string text;
        text += line("tcp", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        text += line("tcp6", socket(AF_INET6, SOCK_STREAM, 0) >= 0 || errno == EAFNOSUPPORT ? 0 : -1);
        text += line("udp", socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0));
        text += line("unix", socket(AF_UNIX, SOCK_STREAM, 0));
        text += line("packet", socket(AF_PACKET, SOCK_RAW, 0));
        text += line("vsock", socket(40, SOCK_STREAM, 0));
        text += line("alg", socket(38, SOCK_SEQPACKET, 0));
        int pair[2];
        text += line("pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
        return text;
    });
    EXPECT_EQ(said, "tcp ok\ntcp6 ok\nudp ok\nunix ok\npacket EPERM\nvsock EPERM\nalg EPERM\npair ok\n");
}

// An echo over TLS in a process of its own: this one starts no thread before it forks. Once the server was a
// thread here, and one child in some hundreds inherited the allocator's lock from it.
class EchoProcess {
public:
    EchoProcess() {
        int ends[2];
        if (pipe(ends) != 0) std::abort();
        child_ = fork();
        if (child_ == 0) {
            TestPki pki;
            const TestTlsContext tls = serverTls(pki.server("localhost"));
            TestServer server([](TestConnection& client) { client.write(client.readUntil("\n")); },
                              tls.get());
            const int port = server.port();
            if (write(ends[1], &port, sizeof port) != sizeof port) _exit(1);
            pause();
            _exit(0);
        }
        close(ends[1]);
        if (child_ < 0 || read(ends[0], &port_, sizeof port_) != sizeof port_) std::abort();
        close(ends[0]);
    }
    EchoProcess(const EchoProcess&) = delete;
    EchoProcess& operator=(const EchoProcess&) = delete;
    ~EchoProcess() {
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
    }
    int port() const { return port_; }

private:
    pid_t child_ = -1;
    int port_ = 0;
};

// What libcurl, OpenSSL and the resolver do in earnest.
TEST(ProvidersSandbox, LetsNamesBeResolvedAndTlsBeSpoken) {
    const EchoProcess server;
    const int port = server.port();
    const std::string said = inside([&] {
        std::string text;
        addrinfo* found = nullptr;
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_family = AF_INET;
        std::thread resolver(
            [&] { text += line("name", getaddrinfo("localhost", "443", &hints, &found) == 0 ? 0 : -1); });
        resolver.join();
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        text += line("connect", connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address));
        SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
        text += line("roots",
                     SSL_CTX_load_verify_file(context, "/etc/ssl/certs/ca-certificates.crt") == 1 ? 0 : -1);
        SSL* const connection = SSL_new(context);
        SSL_set_fd(connection, fd);
        text += line("handshake", SSL_connect(connection) == 1 ? 0 : -1);
        char echo[8] = {};
        text += line("echo",
                     SSL_write(connection, "hi\n", 3) == 3 && SSL_read(connection, echo, 8) == 3 ? 0 : -1);
        freeaddrinfo(found);
        SSL_free(connection);
        SSL_CTX_free(context);
        close(fd);
        return text;
    });
    EXPECT_EQ(said, "name ok\nconnect ok\nroots ok\nhandshake ok\necho ok\n");
}

}  // namespace
}  // namespace greffe
