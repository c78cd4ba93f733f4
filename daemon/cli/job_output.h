// SPDX-License-Identifier: Apache-2.0
// What validate, verify and seal print, and the exit code that goes with it.
#pragma once

#include "cli/command.h"
#include "oneshot/one_shot.h"
#include "oneshot/verdict.h"

#include <functional>
#include <string>
#include <string_view>

namespace greffe {

// Runs `look` on the file that the argument FILE names, with a progress line on a terminal, prints what it
// found
// (`printFacts`, or JSON when --json is given) and every problem. The exit code; kEnvironment for a file that
// cannot be read.
int lookAtFile(const Arguments& arguments,
               const std::function<JobVerdict(const CallInput& file, const OneShot::Began& began)>& look,
               const std::function<void(const JobVerdict& verdict)>& printFacts);

// The same words, as a problem or as JSON, for a file that could not be opened or written. kEnvironment.
int reportFileError(const Arguments& arguments, const std::string& path, const Error& error);

ExitCode exitCodeOf(const JobVerdict& verdict);

// A sentence a problem, on stderr: "greffe: bail.pdf: the file is not a PDF [not_a_pdf]".
void printProblems(const std::string& path, const JobVerdict& verdict);

// The same with everything else as one JSON object on stdout.
void printJson(const std::string& path, const JobVerdict& verdict);

// "  label      text" on stdout; the text is made harmless for a terminal.
void printFact(std::string_view label, std::string_view text);

}  // namespace greffe
