// SPDX-License-Identifier: Apache-2.0
#include "cli/job_output.h"

#include "base/bytes_text.h"
#include "oneshot/files.h"
#include "oneshot/progress_line.h"

#include <fmt/format.h>

#include <cstdio>

namespace greffe {

int lookAtFile(const Arguments& arguments,
               const std::function<JobVerdict(const CallInput& file, const OneShot::Began& began)>& look,
               const std::function<void(const JobVerdict& verdict)>& printFacts) {
    const std::string path = arguments.text("FILE");
    auto file = openInputFile(path);
    if (!file) return reportFileError(arguments, path, file.error());
    JobVerdict verdict;
    {
        const ProgressLine progress;
        verdict = look(*file, [&](std::string_view operation) { progress.show(operation); });
    }
    if (arguments.flag("--json")) {
        printJson(path, verdict);
    } else {
        printFacts(verdict);
        if (verdict.standing == Standing::Good) fmt::print("good\n");
    }
    printProblems(path, verdict);
    return exitCodeOf(verdict);
}

int reportFileError(const Arguments& arguments, const std::string& path, const Error& error) {
    if (arguments.flag("--json")) {
        JobVerdict verdict;
        verdict.add(Standing::Unknown, {"file", error.text()});
        printJson(path, verdict);
    }
    complain(error.text());
    return kEnvironment;
}

ExitCode exitCodeOf(const JobVerdict& verdict) {
    switch (verdict.standing) {
        case Standing::Good: return kGood;
        case Standing::Bad: break;
        case Standing::Unknown: return kEnvironment;
    }
    // The option that the step does not understand was typed by whoever typed the command.
    for (const Problem& problem : verdict.problems)
        if (problem.code == reasonCode(Reason::InvalidOptions)) return kUsage;
    return kBad;
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
