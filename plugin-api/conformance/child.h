// SPDX-License-Identifier: Apache-2.0
// Runs one probe in a child process and waits for it, however it ends.
#pragma once

#include "base/result.h"
#include "conformance/findings.h"
#include "conformance/probe_request.h"

#include <chrono>
#include <string>
#include <vector>

namespace greffe::conformance {

struct ChildEnd {
    ProbeReport report;
    std::string output;  // what came on stdout and stderr
    bool isTimedOut = false;
    int exitCode = -1;  // when it exited
    int signal = 0;     // when a signal ended it

    bool isClean() const { return exitCode == 0 && !isTimedOut; }
    // "signal 11 (Segmentation fault)", with the last lines of the output.
    std::string describe() const;
};

// `command`: program and arguments of the probe. The child gets an empty scratch directory as current
// directory, HOME and TMPDIR, a small environment plus `environment`, its findings on descriptor 3 and the
// request on 4.
Result<ChildEnd> runChild(const std::vector<std::string>& command, const ProbeRequest& request,
                          const std::vector<std::string>& environment, std::chrono::seconds limit);

}  // namespace greffe::conformance
