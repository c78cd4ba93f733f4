// SPDX-License-Identifier: Apache-2.0
#include "conformance/child.h"

#include "conformance/probe.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

namespace greffe::conformance {
namespace {

constexpr std::uint64_t kMaxReportBytes = 64U << 20U;
constexpr std::size_t kShownOutputBytes = 600;

struct Scratch {
    Scratch() {
        const char* base = std::getenv("TMPDIR");
        path = std::string(base != nullptr ? base : "/tmp") + "/greffe-probe-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) path.clear();
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() {
        std::error_code ignored;
        if (!path.empty()) std::filesystem::remove_all(path, ignored);
    }
    std::string path;
};

// Only calls that are safe between fork and exec: the parent may have threads.
[[noreturn]] void becomeProbe(char* const* arguments, char* const* environment, const char* directory,
                              int findings, int request, int output) {
    ::setpgid(0, 0);
    // Out of the way first: the four may stand where the targets are.
    const int high[] = {::fcntl(findings, F_DUPFD, 10), ::fcntl(request, F_DUPFD, 10),
                        ::fcntl(output, F_DUPFD, 10)};
    const int nothing = ::open("/dev/null", O_RDONLY);
    if (nothing < 0 || ::dup2(nothing, 0) < 0 || ::dup2(high[2], 1) < 0 || ::dup2(high[2], 2) < 0 ||
        ::dup2(high[0], kFindingsFd) < 0 || ::dup2(high[1], kRequestFd) < 0 || ::chdir(directory) != 0)
        ::_exit(127);
    ::close_range(5, ~0U, 0);
    ::execve(arguments[0], arguments, environment);
    ::_exit(127);
}

std::vector<char*> pointersTo(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& text : texts)
        pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

std::string contentOf(int fd) {
    ::lseek(fd, 0, SEEK_SET);
    const auto text = readAll(fd, kMaxReportBytes);
    return text ? *text : std::string();
}

void waitFor(pid_t pid, std::chrono::seconds limit, ChildEnd& end) {
    const auto due = std::chrono::steady_clock::now() + limit;
    int status = 0;
    for (;;) {
        const pid_t done = ::waitpid(pid, &status, end.isTimedOut ? 0 : WNOHANG);
        if (done == pid) break;
        if (done < 0 && errno != EINTR) return;
        if (!end.isTimedOut && std::chrono::steady_clock::now() > due) {
            end.isTimedOut = true;
            ::kill(-pid, SIGKILL);
            ::kill(pid, SIGKILL);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    // What the plugin started and left running.
    ::kill(-pid, SIGKILL);
    if (WIFEXITED(status)) end.exitCode = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    if (end.exitCode == kTimeoutExitCode) end.isTimedOut = true;
}

}  // namespace

std::string ChildEnd::describe() const {
    std::string text = isTimedOut    ? "no end within its deadline"
                       : signal != 0 ? fmt::format("signal {} ({})", signal, ::strsignal(signal))
                                     : fmt::format("exit with code {}", exitCode);
    if (output.empty()) return text;
    const std::size_t from = output.size() > kShownOutputBytes ? output.size() - kShownOutputBytes : 0;
    return text + "; its last words: " + output.substr(from);
}

Result<ChildEnd> runChild(const std::vector<std::string>& command, const ProbeRequest& request,
                          const std::vector<std::string>& environment, std::chrono::seconds limit) {
    GREFFE_TRY_ASSIGN(const UniqueFd findings, memoryFile("probe-findings"));
    GREFFE_TRY_ASSIGN(const UniqueFd output, memoryFile("probe-output"));
    GREFFE_TRY_ASSIGN(const UniqueFd input, sealedMemoryFile("probe-request", request.toText()));
    ::lseek(input.get(), 0, SEEK_SET);
    const Scratch scratch;
    if (scratch.path.empty()) return systemError("cannot make a scratch directory", errno);

    std::vector<std::string> variables = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + scratch.path,
                                          "TMPDIR=" + scratch.path};
    for (const char* name :
         {"LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"})
        if (const char* value = std::getenv(name)) variables.push_back(fmt::format("{}={}", name, value));
    variables.insert(variables.end(), environment.begin(), environment.end());
    const std::vector<char*> arguments = pointersTo(command);
    const std::vector<char*> variablePointers = pointersTo(variables);

    const pid_t pid = ::fork();
    if (pid < 0) return systemError("cannot start a probe", errno);
    if (pid == 0)
        becomeProbe(arguments.data(), variablePointers.data(), scratch.path.c_str(), findings.get(),
                    input.get(), output.get());
    ChildEnd end;
    waitFor(pid, limit, end);
    end.report = ProbeReport::read(contentOf(findings.get()));
    end.output = contentOf(output.get());
    return end;
}

}  // namespace greffe::conformance
