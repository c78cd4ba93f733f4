// SPDX-License-Identifier: Apache-2.0
// Starts admission_workload, listens to what it acknowledges, kills it when asked.
#pragma once

#include "sys/unique_fd.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace greffe::admission {

struct WorkloadEnd {
    std::set<std::uint64_t> acknowledged;
    std::set<std::uint64_t> refused;
    std::string output;
    int exitCode = -1;  // -1: killed
};

class WorkloadProcess {
public:
    WorkloadProcess(const std::string& journal, const std::string& spool, std::uint64_t first,
                    std::uint64_t count, const std::string& failpoints = {}, bool sweep = false,
                    const std::string& log = {}) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
        output_.reset(ends[0]);
        const UniqueFd theirs(ends[1]);
        std::vector<std::string> words = {GREFFE_WORKLOAD, journal, spool, std::to_string(first),
                                          std::to_string(count)};
        if (sweep) words.emplace_back("sweep");
        std::vector<char*> arguments;
        for (std::string& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        std::string setting = "GREFFE_FAILPOINTS_SET=" + failpoints;
        std::string logging = "GREFFE_FAILPOINTS_LOG=" + log;
        std::vector<char*> environment = {setting.data()};
        if (!log.empty()) environment.push_back(logging.data());
        environment.push_back(nullptr);
        pid_ = fork();
        if (pid_ < 0) std::abort();
        if (pid_ == 0) {
            dup2(theirs.get(), STDOUT_FILENO);
            execve(GREFFE_WORKLOAD, arguments.data(), environment.data());
            _exit(127);
        }
    }
    WorkloadProcess(const WorkloadProcess&) = delete;
    WorkloadProcess& operator=(const WorkloadProcess&) = delete;
    ~WorkloadProcess() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
    }

    // Lets it run for a while or until it says something for the `lines`th time.
    void listenFor(std::chrono::microseconds limit, std::size_t lines = static_cast<std::size_t>(-1)) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (linesHeard() < lines) {
            const std::chrono::nanoseconds left = end - std::chrono::steady_clock::now();
            const timespec limitLeft{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
            pollfd waiting{output_.get(), POLLIN, 0};
            if (left.count() <= 0 || ppoll(&waiting, 1, &limitLeft, nullptr) <= 0 || !readSome()) return;
        }
    }

    void kill() { ::kill(pid_, SIGKILL); }
    std::size_t linesHeard() const {
        std::size_t lines = 0;
        for (const char c : heard_)
            lines += c == '\n' ? 1 : 0;
        return lines;
    }

    // Waits for its end.
    WorkloadEnd finish() {
        while (readSome()) {
        }
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        WorkloadEnd end;
        end.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        end.output = heard_;
        std::size_t at = 0;
        for (std::size_t stop; (stop = heard_.find('\n', at)) != std::string::npos; at = stop + 1) {
            const std::string line = heard_.substr(at, stop - at);
            if (line.rfind("ack ", 0) == 0) end.acknowledged.insert(std::stoull(line.substr(4)));
            if (line.rfind("refused ", 0) == 0) end.refused.insert(std::stoull(line.substr(8)));
        }
        return end;
    }

private:
    bool readSome() {
        char buffer[4096];
        const ssize_t got = read(output_.get(), buffer, sizeof buffer);
        if (got <= 0) return false;
        heard_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }
    pid_t pid_ = -1;
    UniqueFd output_;
    std::string heard_;
};

}  // namespace greffe::admission
