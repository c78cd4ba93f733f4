// SPDX-License-Identifier: Apache-2.0
#include "support/run_tool.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <sstream>

namespace greffe {
namespace {

constexpr int kNotFound = 127;
constexpr std::size_t kMostOutput = 1U << 20U;

}  // namespace

ToolResult runTool(const std::vector<std::string>& arguments, int timeoutSeconds) {
    ToolResult result;
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return result;
    std::vector<char*> argv;
    for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        execvp(argv[0], argv.data());
        _exit(kNotFound);
    }
    close(ends[1]);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(timeoutSeconds);
    std::array<char, 65536> buffer{};
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd wait{ends[0], POLLIN, 0};
        if (left.count() <= 0 || poll(&wait, 1, static_cast<int>(left.count())) == 0) {
            result.isTimeout = true;
            kill(child, SIGKILL);
            break;
        }
        const ssize_t count = read(ends[0], buffer.data(), buffer.size());
        if (count <= 0) break;
        if (result.output.size() < kMostOutput)
            result.output.append(buffer.data(), static_cast<std::size_t>(count));
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) result.exitCode = WEXITSTATUS(status);
    result.isFound = result.exitCode != kNotFound;
    return result;
}

bool hasTool(const std::string& name) {
    return runTool({"sh", "-c", "command -v " + name}).exitCode == 0;
}

std::vector<PdfsigVerdict> pdfsigVerdicts(const std::string& path) {
    std::vector<PdfsigVerdict> verdicts;
    std::istringstream lines(runTool({"pdfsig", "-nocert", path}).output);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("Signature #", 0) == 0) verdicts.emplace_back();
        if (verdicts.empty()) continue;
        if (line.find("Signature is Valid") != std::string::npos) verdicts.back().isValid = true;
        if (line.find("Total document signed") != std::string::npos && line.find("Not ") == std::string::npos)
            verdicts.back().coversFile = true;
    }
    return verdicts;
}

}  // namespace greffe
