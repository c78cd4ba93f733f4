// SPDX-License-Identifier: Apache-2.0
#include "workers/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace greffe {
namespace {

constexpr int kSocketPlace = 3;

// What a worker's environment may hold. Plugins and the libraries below them read it: nothing of the
// administrator's shell or of the service's secrets is passed on.
constexpr std::string_view kKeptVariables[] = {
    "LANG=", "LC_ALL=", "TZ=", "PATH=", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "TSAN_OPTIONS="};

std::vector<char*> workerEnvironment() {
    std::vector<char*> kept;
    for (char** entry = environ; *entry != nullptr; ++entry)
        for (const std::string_view variable : kKeptVariables)
            if (std::string_view(*entry).substr(0, variable.size()) == variable) kept.push_back(*entry);
    kept.push_back(nullptr);
    return kept;
}

// Between fork and exec of a threaded process: async-signal-safe calls only, no allocation.
[[noreturn]] void becomeWorker(const char* program, char* const* argv, char* const* environment, int socketFd,
                               int stderrFd, int nullFd, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int signalNumber : {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGXFSZ})
        signal(signalNumber, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);  // the engine died before the line above took effect
    // A terminal's Ctrl-C is for the engine, which then stops its workers in order.
    setpgid(0, 0);
    if (dup2(nullFd, 0) < 0 || dup2(stderrFd, 1) < 0 || dup2(stderrFd, 2) < 0) _exit(127);
    if (socketFd == kSocketPlace) {
        fcntl(socketFd, F_SETFD, 0);
    } else if (dup2(socketFd, kSocketPlace) < 0) {
        _exit(127);
    }
    syscall(SYS_close_range, kSocketPlace + 1, ~0U, 0U);
    execve(program, argv, environment);
    _exit(127);
}

}  // namespace

std::string WorkerEnd::text() const {
    return wasSignalled ? fmt::format("killed by signal {} ({}){}", code, strsignal(code),
                                      hasDumpedCore ? ", core dumped" : "")
                        : fmt::format("exited with {}", code);
}

Result<WorkerProcess> WorkerProcess::start(const Launch& launch) {
    GREFFE_TRY_ASSIGN(auto ends, MessageSocket::pair());
    int pipeEnds[2];
    if (pipe2(pipeEnds, O_CLOEXEC) != 0) return systemError("cannot create a pipe", errno);
    UniqueFd readEnd(pipeEnds[0]);
    const UniqueFd writeEnd(pipeEnds[1]);
    fcntl(readEnd.get(), F_SETFL, O_NONBLOCK);
    const UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null) return systemError("cannot open /dev/null", errno);

    std::vector<std::string> words{"greffe"};
    words.insert(words.end(), launch.arguments.begin(), launch.arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);

    const std::vector<char*> environment = workerEnvironment();
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) return systemError("cannot start a worker", errno);
    if (pid == 0)
        becomeWorker(launch.program.c_str(), argv.data(), environment.data(), ends.second.fd(),
                     writeEnd.get(), null.get(), parent);

    WorkerProcess worker;
    worker.pid_ = pid;
    worker.pidFd_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)));
    worker.stderr_ = std::move(readEnd);
    worker.socket_ = std::move(ends.first);
    if (!worker.pidFd_.valid()) {
        const int failure = errno;
        worker.kill();
        worker.reap();
        return systemError("cannot watch a worker", failure);
    }
    GREFFE_TRY(worker.socket_.setNonBlocking(true));
    return worker;
}

void WorkerProcess::terminate() const {
    if (pidFd_.valid()) syscall(SYS_pidfd_send_signal, pidFd_.get(), SIGTERM, nullptr, 0U);
}

void WorkerProcess::kill() const {
    // By pidfd: never a stranger that got the same number.
    if (pidFd_.valid()) {
        syscall(SYS_pidfd_send_signal, pidFd_.get(), SIGKILL, nullptr, 0U);
    } else if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
    }
}

WorkerEnd WorkerProcess::reap() {
    WorkerEnd end;
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    if (WIFSIGNALED(status)) {
        end.wasSignalled = true;
        end.code = WTERMSIG(status);
        end.hasDumpedCore = WCOREDUMP(status);
    } else {
        end.code = WEXITSTATUS(status);
    }
    return end;
}

}  // namespace greffe
