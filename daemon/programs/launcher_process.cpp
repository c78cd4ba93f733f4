// SPDX-License-Identifier: Apache-2.0
#include "programs/launcher_process.h"

#include "programs/program_folder.h"
#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>

namespace greffe {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kKeptErrorBytes = 8U << 10U;
constexpr std::size_t kMostErrorBytes = 4U << 20U;  // a program that complains more is stopped

struct Pipe {
    UniqueFd read, write;
};
Result<Pipe> makePipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return systemError("cannot create a pipe", errno);
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// In the child. Says in `trouble` why it did not become the program.
[[noreturn]] void startInChild(const ListedProgram& program, const ProgramRun& run,
                               const ProgramFolder& folder, const ProgramLimits& limits, int errorsFd,
                               int troubleFd, pid_t parent) {
    constexpr int kTroublePlace = 3;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);  // the launcher died before the line above took effect
    setpgid(0, 0);
    for (int number = 1; number < NSIG; ++number)
        signal(number, SIG_DFL);
    const std::string path = folder.path();
    // Out of the way first: they may stand where the places are.
    const int high[] = {fcntl(run.outputFd, F_DUPFD_CLOEXEC, 10), fcntl(errorsFd, F_DUPFD_CLOEXEC, 10),
                        fcntl(troubleFd, F_DUPFD_CLOEXEC, 10)};
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const bool isPlaced = fchdir(folder.fd()) == 0 && dup2(null, 0) == 0 && dup2(high[0], 1) == 1 &&
                          dup2(high[1], 2) == 2 && dup3(high[2], kTroublePlace, O_CLOEXEC) == kTroublePlace &&
                          close_range(kTroublePlace + 1, ~0U, 0) == 0;
    const Error why = isPlaced ? becomeProgram(program, run.arguments, path, limits)
                               : systemError("cannot prepare a program's descriptors", errno);
    const std::string text = why.text();
    static_cast<void>(!write(kTroublePlace, text.data(), text.size()));
    _exit(127);
}

// One program on its way, from fork to the last of its process group.
class Running {
public:
    Running(pid_t pid, UniqueFd errors, UniqueFd trouble, Clock::time_point deadline)
        : pid_(pid),
          pidFd_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U))),
          errors_(std::move(errors)),
          trouble_(std::move(trouble)),
          deadline_(deadline) {
        fcntl(errors_.get(), F_SETFL, O_NONBLOCK);
        fcntl(trouble_.get(), F_SETFL, O_NONBLOCK);
    }

    // Until it ended or was stopped. False: the worker is gone, and nobody wants the outcome.
    bool watch(const MessageSocket& socket, ProgramOutcome& outcome) {
        bool isWanted = true;
        std::optional<ProgramEnd> stopped;
        while (isWanted && !stopped) {
            pollfd looked[] = {
                {socket.fd(), POLLIN, 0}, {errors_.get(), POLLIN, 0}, {pidFd_.get(), POLLIN, 0}};
            const int ready = poll(looked, 3, msLeft());
            if (ready < 0 && errno != EINTR) stopped = ProgramEnd::Killed;
            if (ready == 0) stopped = ProgramEnd::TimedOut;
            if (ready <= 0) continue;
            if (looked[1].revents != 0 && !readErrors(outcome.errors)) stopped = ProgramEnd::OutputLimit;
            if (looked[0].revents != 0) isWanted = hear(socket, stopped);
            if (looked[2].revents != 0) break;
        }
        const int status = finish();
        readErrors(outcome.errors);
        judge(status, stopped, outcome);
        return isWanted;
    }

private:
    int msLeft() const {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count() + 1;
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
    }

    // False: the worker is gone, or says what it must not.
    static bool hear(const MessageSocket& socket, std::optional<ProgramEnd>& stopped) {
        const auto message = socket.receive();
        if (!message || message->kind != static_cast<std::uint16_t>(LauncherFrame::Cancel)) return false;
        stopped = ProgramEnd::Cancelled;
        return true;
    }

    // False when it was too much. What is beyond the kept bytes is read and forgotten, so that a program that
    // complains a little too long is not stopped by a full pipe.
    bool readErrors(std::string& kept) {
        char buffer[4096];
        for (;;) {
            const ssize_t got = read(errors_.get(), buffer, sizeof buffer);
            // It closed it and goes on: a pipe without a writer would wake this process without end.
            if (got == 0) errors_.reset();
            if (got <= 0) return true;
            const auto size = static_cast<std::size_t>(got);
            kept.append(buffer, std::min(size, kKeptErrorBytes - std::min(kKeptErrorBytes, kept.size())));
            errorBytes_ += size;
            if (errorBytes_ > kMostErrorBytes) return false;
        }
    }

    // Kills the whole group, and waits for whatever it left behind: this process is their subreaper.
    int finish() {
        int status = 0;
        siginfo_t ended{};
        // Not reaped yet: until then the group's number is nobody else's.
        if (waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            ended.si_pid == 0)
            ::kill(pid_, SIGKILL);
        ::kill(-pid_, SIGKILL);
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
        }
        return status;
    }

    void judge(int status, const std::optional<ProgramEnd>& stopped, ProgramOutcome& outcome) const {
        char text[2048];
        const ssize_t got = read(trouble_.get(), text, sizeof text);
        if (got > 0) {
            outcome.end = ProgramEnd::NotStarted;
            outcome.errors.assign(text, static_cast<std::size_t>(got));
            return;
        }
        if (stopped) {
            outcome.end = *stopped;
        } else if (WIFEXITED(status)) {
            outcome.end = ProgramEnd::Exited;
            outcome.code = WEXITSTATUS(status);
        } else {
            outcome.code = WTERMSIG(status);
            outcome.end = outcome.code == SIGXCPU   ? ProgramEnd::TimedOut
                          : outcome.code == SIGXFSZ ? ProgramEnd::OutputLimit
                                                    : ProgramEnd::Killed;
        }
    }

    pid_t pid_;
    UniqueFd pidFd_, errors_, trouble_;
    Clock::time_point deadline_;
    std::size_t errorBytes_ = 0;
};

Result<Running> begin(const LauncherHouse& house, const ProgramRun& run, const ProgramFolder& folder) {
    const auto program = std::find_if(house.programs.begin(), house.programs.end(),
                                      [&](const ListedProgram& one) { return one.name == run.program; });
    if (program == house.programs.end())
        return makeError(Errc::Denied, fmt::format("\"{}\" is not a program of this launcher", run.program));
    ProgramLimits limits = house.limits;
    if (run.maxOutputBytes != 0) limits.outputBytes = std::min(limits.outputBytes, run.maxOutputBytes);
    std::chrono::milliseconds patience = std::chrono::seconds(limits.wallSeconds);
    if (run.timeoutMs != 0) {
        patience = std::min(patience, std::chrono::milliseconds(run.timeoutMs));
        // Whoever says how long it may take means work, too: one thread needs no more than that.
        limits.cpuSeconds =
            static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(patience).count());
    }
    GREFFE_TRY_ASSIGN(Pipe errors, makePipe());
    GREFFE_TRY_ASSIGN(Pipe trouble, makePipe());
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) return systemError("cannot start a program", errno);
    if (pid == 0)
        startInChild(*program, run, folder, limits, errors.write.get(), trouble.write.get(), parent);
    return Running(pid, std::move(errors.read), std::move(trouble.read), Clock::now() + patience);
}

// False: the worker is gone.
bool serveOne(const MessageSocket& socket, const LauncherHouse& house, const ProgramRun& run,
              ProgramOutcome& outcome) {
    auto folder = ProgramFolder::make(house.scratch);
    const Status filled = folder ? folder->add("input", run.inputFd, run.inputBytes) : folder.error();
    if (!filled) {
        outcome.errors = filled.error().text();
        return true;
    }
    auto running = begin(house, run, *folder);
    if (!running) {
        outcome.errors = running.error().text();
        return true;
    }
    return running->watch(socket, outcome);
}

}  // namespace

int serveRuns(const MessageSocket& socket, const LauncherHouse& house) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for (;;) {
        auto message = socket.receive();
        if (!message) return message.error().code == Errc::Closed ? 0 : 1;
        // A word about a run that has ended meanwhile.
        if (message->kind == static_cast<std::uint16_t>(LauncherFrame::Cancel)) continue;
        if (message->kind != static_cast<std::uint16_t>(LauncherFrame::Run)) return 1;
        const auto run = decodeRun(*message);
        if (!run) return 1;
        ProgramOutcome outcome;
        if (!serveOne(socket, house, *run, outcome)) return 0;
        if (!socket.send(static_cast<std::uint16_t>(LauncherFrame::Ended), message->tag,
                         encodeOutcome(outcome)))
            return 0;
    }
}

}  // namespace greffe
