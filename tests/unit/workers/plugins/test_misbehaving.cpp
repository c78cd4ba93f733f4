// SPDX-License-Identifier: Apache-2.0
// A transformer that does to its worker whatever its params say: {"do": "segv"}. For tests of pools and
// sandboxes.
#include <greffe/capability/transformer.h>
#include <greffe/sdk/export.h>
#include <greffe/sdk/instance.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace {

using greffe::Slice;

// "denied" with the errno's name when a wall holds, "allowed" when it does not.
std::string verdictOf(long result) {
    return result >= 0 ? "allowed" : std::string("denied: ") + std::strerror(errno);
}

std::string tryForbidden(std::string_view what) {
    if (what == "connect") {
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0) return verdictOf(fd);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(9);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int rc = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        return rc != 0 && errno == ECONNREFUSED ? "allowed" : verdictOf(rc);
    }
    if (what == "exec") {
        char program[] = "/bin/true";
        char* argv[] = {program, nullptr};
        return verdictOf(execv(program, argv));
    }
    if (what == "open") return verdictOf(open("/etc/passwd", O_RDONLY));
    if (what == "write") return verdictOf(open("/tmp/greffe-escaped", O_WRONLY | O_CREAT, 0600));
    if (what == "ptrace") return verdictOf(ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr));
    if (what == "fork") {
        const pid_t child = fork();
        if (child == 0) _exit(0);
        return verdictOf(child);
    }
    if (what == "kill") return verdictOf(kill(getppid(), 0));
    if (what == "tgkill") return verdictOf(syscall(SYS_tgkill, getppid(), getppid(), 0));
    if (what == "prlimit") return verdictOf(prlimit(getppid(), RLIMIT_NOFILE, nullptr, nullptr));
    if (what == "setown") return verdictOf(fcntl(3, F_SETOWN, getppid()));
    if (what == "setsig") return verdictOf(fcntl(3, F_SETSIG, SIGKILL));
    if (what == "dnotify") return verdictOf(fcntl(3, F_NOTIFY, 1));
    if (what == "lease") return verdictOf(fcntl(3, F_SETLEASE, F_RDLCK));
    return "unknown";
}

class Misbehaving final : public greffe::sdk::InstanceBase<Misbehaving>, public greffe::Transformer {
public:
    using InstanceBase::InstanceBase;

    void* query(Slice capability) noexcept override {
        return capability.view() == kId ? static_cast<greffe::Transformer*>(this) : nullptr;
    }

    bool configure(Slice options, greffe::Problems&) noexcept override {
        mustAbort_ = options.view().find("abort") != std::string_view::npos;
        mustTell_ = options.view().find("tell") != std::string_view::npos;
        return true;
    }

    // Here the secrets are in memory and the sandbox is not closed yet.
    bool provision(greffe::Problems&) noexcept override {
        if (mustAbort_) abort();
        if (!mustTell_) return true;
        rlimit core{};
        getrlimit(RLIMIT_CORE, &core);
        std::fprintf(stderr, "dumpable %d core %llu\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0),
                     static_cast<unsigned long long>(core.rlim_max));
        return true;
    }

    void transform(const greffe::DocumentView*, std::uint32_t, Slice params,
                   greffe::Outcome& outcome) noexcept override {
        greffe::sdk::guarded(outcome, [&] {
            const std::string_view text = params.view();
            const auto start = text.find("\"do\":\"");
            const std::string what(text.substr(start + 6, text.find('"', start + 6) - start - 6));
            if (what == "pid") outcome.fact("pid", std::to_string(getpid()));
            if (what == "say") {
                if (auto* log = host().service<greffe::LogService>())
                    log->write(greffe::LogLevel::Error, "thing broken", R"({"thing":"lamp"})");
                std::fprintf(stderr, "a library complains\n");
            }
            if (what == "segv") raise(SIGSEGV);
            if (what == "abort") abort();
            if (what == "exit") _exit(7);
            if (what == "loop")
                for (volatile bool forever = true; forever;) {
                }
            if (what == "sleep")
                for (;;)
                    pause();
            if (what == "stop") raise(SIGSTOP);
            if (what == "garbage")
                static_cast<void>(!write(3, "garbage on the wire, long enough to be a head", 45));
            if (what == "memory")
                for (std::size_t size = 1U << 20U;; size += 1U << 20U)
                    static_cast<char*>(::operator new(size))[0] = 1;
            if (what == "throw") throw std::runtime_error("thrown by the plugin");
            if (what.rfind("try:", 0) == 0) {
                const std::string verdict = tryForbidden(std::string_view(what).substr(4));
                outcome.fact("verdict", "\"" + verdict + "\"");
            }
            outcome.done();
        });
    }

private:
    bool mustAbort_ = false, mustTell_ = false;
};

}  // namespace

// The same in another pool, under another name.
#ifndef GREFFE_TEST_ID
#define GREFFE_TEST_ID "test-misbehaving"
#define GREFFE_TEST_POOL "documents"
#endif

GREFFE_EXPORT_PLUGIN(
    GREFFE_TEST_ID, "0.1.0", "Does to its worker what it is told", GREFFE_TEST_POOL, "0.1", "transformer/1",
    R"({"type":"object","properties":{"provision":{"type":"string"}},"additionalProperties":false,"step":{"type":"object","properties":{"do":{"type":"string"}}}})",
    Misbehaving::create);
