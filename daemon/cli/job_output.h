// SPDX-License-Identifier: Apache-2.0
// What validate, verify and seal print, and the exit code that goes with it.
#pragma once

#include "cli/command.h"
#include "oneshot/verdict.h"

#include <string>
#include <string_view>

namespace greffe {

ExitCode exitCodeOf(const JobVerdict& verdict);

// A sentence a problem, on stderr: "greffe: bail.pdf: the file is not a PDF [not_a_pdf]".
void printProblems(const std::string& path, const JobVerdict& verdict);

// The same with everything else as one JSON object on stdout.
void printJson(const std::string& path, const JobVerdict& verdict);

// "  label      text" on stdout; the text is made harmless for a terminal.
void printFact(std::string_view label, std::string_view text);

}  // namespace greffe
