// SPDX-License-Identifier: Apache-2.0
// "programs/1", a service of the host (host.h) for plugins of the pool converters: has a program of another
// house run on bytes that nobody trusts, and brings back what it wrote.
//
// A plugin cannot start anything itself: its process may not even fork. It names a program of the host's list
// that its metadata declare (SPEC.md, PROGRAMS), and words to give it; no shell reads them. Each run has a
// folder of its own, which is its current directory and is gone when run() returns, whatever happened. In it
// lies one file, `input`. The program may read it, its own libraries, fonts and the like, and write nowhere
// but to its standard output and standard error: its result is what it prints. It has no network, starts no
// process, and may use so much memory, processor and time; what it prints is limited, too.
#pragma once

#include <greffe/types.h>

namespace greffe {

struct ProgramCall {
    std::uint32_t structSize = sizeof(ProgramCall);
    std::uint32_t argumentCount = 0;
    const Slice* arguments = nullptr;  // behind the program's name; none may hold a NUL
    Slice program;                     // "pdftoppm"
    Slice input;                       // becomes the file "input"
    std::uint64_t maxOutputBytes = 0;  // of standard output; more ends the program. 0: what the host allows
    std::uint32_t timeoutMs = 0;       // from start to end; 0, or more than the host allows: what it allows
    std::uint32_t reserved = 0;
};

enum class ProgramEnd : std::uint32_t {
    Exited = 0,       // by itself; `code` is what it said
    Killed = 1,       // by a signal, whose number is `code`
    TimedOut = 2,     // stopped: the time or the processor time was used up
    OutputLimit = 3,  // stopped: it wrote more than it may
    Cancelled = 4,    // stopped: the host was told to stop (cancel/1). End the call with retryLater
    NotStarted = 5,   // it is not declared, not there, or the machine could not start it: `errors` says why
};

struct ProgramResult {
    std::uint32_t structSize = sizeof(ProgramResult);
    ProgramEnd end = ProgramEnd::NotStarted;
    std::int32_t code = 0;
    std::uint32_t reserved = 0;
};

class ProgramService {
public:
    static constexpr const char* kId = "programs/1";

    // Whether a run of it would start. When not, writes into `whyNot` what an administrator does about it
    // ("pdftoppm is not installed (install the package poppler-utils)"): a reason for provision() to fail.
    virtual bool isThere(Slice program, ByteSink& whyNot) noexcept = 0;

    // Runs it to its end. `output` gets all of its standard output, `errors` the first kilobytes of its
    // standard error, which holds whatever the input's author wanted it to hold. A sink that refuses is
    // written no further. False, and nothing was run, when the call itself is wrong; `errors` says how.
    virtual bool run(const ProgramCall& call, ByteSink& output, ByteSink& errors,
                     ProgramResult& result) noexcept = 0;

protected:
    ~ProgramService() = default;
};

}  // namespace greffe
