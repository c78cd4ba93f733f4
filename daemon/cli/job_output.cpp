// SPDX-License-Identifier: Apache-2.0
#include "cli/job_output.h"

#include "base/bytes_text.h"

#include <fmt/format.h>

#include <cstdio>

namespace greffe {

ExitCode exitCodeOf(const JobVerdict& verdict) {
    switch (verdict.standing) {
        case Standing::Good: return kGood;
        case Standing::Bad: return kBad;
        case Standing::Unknown: break;
    }
    return kEnvironment;
}

void printProblems(const std::string& path, const JobVerdict& verdict) {
    for (const Problem& problem : verdict.problems)
        complain(fmt::format("{}: {} [{}]", path, problem.text, problem.code));
}

void printJson(const std::string& path, const JobVerdict& verdict) {
    Json json = verdictJson(verdict);
    putBytes(json, "file", path);
    fmt::print("{}\n", dumpJson(json));
}

void printFact(std::string_view label, std::string_view text) {
    fmt::print("  {:<12} {}\n", label, displayText(text));
}

}  // namespace greffe
