// SPDX-License-Identifier: Apache-2.0
// Runs something in a child process that may use only so much CPU time, as a worker of pool `lua` does. The
// caller has no other thread: the child would inherit the locks that thread holds (a sanitizer's allocator,
// for one) and wait for ever. A child that does not end is killed after a while, and has not finished.
#pragma once

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

namespace greffe {

struct ChildEnd {
    std::string output;  // what the work returned, when it came to its end
    int status = 0;      // of wait()
    double cpuSeconds = 0;
    long peakKib = 0;

    bool hasFinished() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
    bool wasKilled() const { return WIFSIGNALED(status); }
};

inline ChildEnd runContained(unsigned cpuSeconds, const std::function<std::string()>& work) {
    int ends[2];
    if (pipe(ends) != 0) std::abort();
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        const rlimit cpu{cpuSeconds, cpuSeconds};
        const rlimit core{0, 0};
        setrlimit(RLIMIT_CPU, &cpu);
        setrlimit(RLIMIT_CORE, &core);
        const std::string output = work();
        std::size_t sent = 0;
        while (sent < output.size()) {
            const ssize_t part = write(ends[1], output.data() + sent, output.size() - sent);
            if (part <= 0) _exit(3);
            sent += static_cast<std::size_t>(part);
        }
        _exit(0);
    }
    close(ends[1]);
    ChildEnd end;
    char buffer[65536];
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60 + 6 * cpuSeconds);
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            patience - std::chrono::steady_clock::now());
        pollfd ready{ends[0], POLLIN, 0};
        if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) == 0) {
            kill(child, SIGKILL);
            break;
        }
        const ssize_t part = read(ends[0], buffer, sizeof buffer);
        if (part <= 0) break;
        end.output.append(buffer, static_cast<std::size_t>(part));
    }
    close(ends[0]);
    rusage used{};
    if (child < 0 || wait4(child, &end.status, 0, &used) != child) std::abort();
    end.cpuSeconds = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    end.peakKib = used.ru_maxrss;
    return end;
}

}  // namespace greffe
