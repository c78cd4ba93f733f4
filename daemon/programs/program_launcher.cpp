// SPDX-License-Identifier: Apache-2.0
#include "programs/program_launcher.h"

#include "programs/launcher_process.h"
#include "programs/program_folder.h"
#include "workers/frame_body.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace greffe {
namespace {

constexpr int kAskEveryMs = 100;
constexpr std::uint32_t kMostArguments = 64;

Error badFrame(const char* what) {
    return makeError(Errc::Corrupt, std::string("program launcher: ") + what);
}

// Only the socket stays open: above all no copy of the worker's own, whose end the engine would never see.
[[noreturn]] void becomeLauncher(const MessageSocket& socket, const LauncherHouse& house) {
    const int own = socket.fd();
    if (own > 3) close_range(3, static_cast<unsigned>(own) - 1, 0);
    close_range(static_cast<unsigned>(own) + 1, ~0U, 0);
    prctl(PR_SET_NAME, "greffe:programs");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    // Not the worker's group: a signal to that group is the worker's, and this process ends by the socket.
    setpgid(0, 0);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE})
        signal(number, SIG_IGN);
    _exit(serveRuns(socket, house));
}

}  // namespace

std::string encodeRun(const ProgramRun& run) {
    FieldWriter fields;
    fields.bytes(run.program);
    fields.u32(static_cast<std::uint32_t>(run.arguments.size()));
    for (const std::string& argument : run.arguments)
        fields.bytes(argument);
    fields.u64(run.inputBytes);
    fields.u64(run.maxOutputBytes);
    fields.u32(run.timeoutMs);
    return fields.take();
}

Result<ProgramRun> decodeRun(const Message& message) {
    if (message.descriptors.size() != 2) return badFrame("a run without its two descriptors");
    FieldReader fields(message.body);
    ProgramRun run;
    run.program = fields.bytes();
    const std::uint32_t count = fields.u32();
    if (count > kMostArguments) return badFrame("more arguments than there may be");
    while (run.arguments.size() < count) {
        run.arguments.emplace_back(fields.bytes());
        if (run.arguments.back().find('\0') != std::string::npos) return badFrame("a NUL in an argument");
    }
    run.inputBytes = fields.u64();
    run.maxOutputBytes = fields.u64();
    run.timeoutMs = fields.u32();
    run.inputFd = message.descriptors[0].get();
    run.outputFd = message.descriptors[1].get();
    if (!fields.isAtEnd()) return badFrame("cut short, or bytes behind the run");
    return run;
}

std::string encodeOutcome(const ProgramOutcome& outcome) {
    FieldWriter fields;
    fields.u8(static_cast<std::uint8_t>(outcome.end));
    fields.u32(static_cast<std::uint32_t>(outcome.code));
    fields.bytes(outcome.errors);
    return fields.take();
}

Result<ProgramOutcome> decodeOutcome(const Message& message) {
    FieldReader fields(message.body);
    ProgramOutcome outcome;
    const std::uint8_t end = fields.u8();
    if (end > static_cast<std::uint8_t>(ProgramEnd::NotStarted)) return badFrame("an end that is none");
    outcome.end = static_cast<ProgramEnd>(end);
    outcome.code = static_cast<int>(fields.u32());
    outcome.errors = fields.bytes();
    if (!fields.isAtEnd()) return badFrame("cut short, or bytes behind the outcome");
    return outcome;
}

Result<ProgramLauncher> ProgramLauncher::start(std::vector<ListedProgram> programs, std::string scratch,
                                               const ProgramLimits& limits) {
    GREFFE_TRY_ASSIGN(auto ends, MessageSocket::pair());
    removeAbandonedFolders(scratch);
    const LauncherHouse house{std::move(programs), std::move(scratch), limits};
    const pid_t pid = fork();
    if (pid < 0) return systemError("cannot start the launcher of programs", errno);
    if (pid == 0) becomeLauncher(ends.second, house);
    return ProgramLauncher(pid, std::move(ends.first));
}

ProgramLauncher::ProgramLauncher(ProgramLauncher&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), socket_(std::move(other.socket_)) {}

ProgramLauncher::~ProgramLauncher() {
    if (pid_ <= 0) return;
    socket_.close();
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<ProgramOutcome> ProgramLauncher::run(const ProgramRun& run, const std::function<bool()>& isCancelled) {
    static constexpr std::uint32_t kTag = 1;
    GREFFE_TRY(socket_.send(static_cast<std::uint16_t>(LauncherFrame::Run), kTag, encodeRun(run),
                            {run.inputFd, run.outputFd}));
    for (bool isTold = false;;) {
        pollfd waiting{socket_.fd(), POLLIN, 0};
        const int ready = poll(&waiting, 1, kAskEveryMs);
        if (ready < 0 && errno != EINTR) return systemError("program launcher", errno);
        if (!isTold && isCancelled()) {
            isTold = true;
            GREFFE_TRY(socket_.send(static_cast<std::uint16_t>(LauncherFrame::Cancel), kTag, ""));
        }
        if (ready <= 0) continue;
        GREFFE_TRY_ASSIGN(const Message message, socket_.receive());
        if (message.kind != static_cast<std::uint16_t>(LauncherFrame::Ended))
            return badFrame("an odd answer");
        return decodeOutcome(message);
    }
}

}  // namespace greffe
