// SPDX-License-Identifier: Apache-2.0
// Starts listed programs for a worker that may start nothing itself.
//
// The launcher is a process of its own, forked by the worker before it has threads or plugins; afterwards the
// worker's sandbox closes. It speaks to nobody but this worker, over one socket, parses no document, and
// starts what it was given a list of, one program at a time. When the worker goes, however it goes, the
// launcher kills what runs, removes its folder and goes, too; when the launcher goes, what it started dies
// with it.
//
// Not thread-safe: one run at a time.
#pragma once

#include "base/result.h"
#include "programs/listed_programs.h"
#include "programs/program_walls.h"
#include "sys/message_socket.h"

#include <greffe/programs.h>

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace greffe {

struct ProgramRun {
    std::string program;
    std::vector<std::string> arguments;
    int inputFd = -1;
    std::uint64_t inputBytes = 0;
    int outputFd = -1;                 // a memory file, which becomes standard output
    std::uint64_t maxOutputBytes = 0;  // 0: the limits'
    std::uint32_t timeoutMs = 0;       // 0: the limits'
};

struct ProgramOutcome {
    ProgramEnd end = ProgramEnd::NotStarted;
    int code = 0;
    std::string errors;  // what it wrote to standard error, cut; or why it was not started
};

class ProgramLauncher {
public:
    // The calling process has one thread. scratch: where folders of runs are made; those that a dead launcher
    // left there are removed.
    static Result<ProgramLauncher> start(std::vector<ListedProgram> programs, std::string scratch,
                                         const ProgramLimits& limits = {});
    ProgramLauncher(ProgramLauncher&& other) noexcept;
    ProgramLauncher& operator=(ProgramLauncher&&) = delete;
    ~ProgramLauncher();  // ends the process and waits for it

    // Blocks. `isCancelled` is asked ten times a second. Errc::Closed when the launcher is gone: nothing runs
    // any more, and nothing ever will.
    Result<ProgramOutcome> run(const ProgramRun& run, const std::function<bool()>& isCancelled);

    pid_t pid() const { return pid_; }

private:
    ProgramLauncher(pid_t pid, MessageSocket socket) : pid_(pid), socket_(std::move(socket)) {}

    pid_t pid_;
    MessageSocket socket_;
};

}  // namespace greffe
