// SPDX-License-Identifier: Apache-2.0
// Private to the launcher: what its two sides say to each other, and the side that starts programs.
#pragma once

#include "programs/program_launcher.h"

namespace greffe {

enum class LauncherFrame : std::uint16_t {
    Run = 1,     // worker: ProgramRun; descriptors: input, output
    Cancel = 2,  // worker: stop the run with this tag, if it still runs
    Ended = 3,   // launcher: ProgramOutcome of the run with this tag
};

std::string encodeRun(const ProgramRun& run);
// Errc::Corrupt for what encodeRun does not write. The descriptors are the message's.
Result<ProgramRun> decodeRun(const Message& message);
std::string encodeOutcome(const ProgramOutcome& outcome);
Result<ProgramOutcome> decodeOutcome(const Message& message);

struct LauncherHouse {
    std::vector<ListedProgram> programs;
    std::string scratch;
    ProgramLimits limits;
};

// The launcher's life: serves runs until the other side of the socket is gone. The exit code.
int serveRuns(const MessageSocket& socket, const LauncherHouse& house);

}  // namespace greffe
