// SPDX-License-Identifier: Apache-2.0
// Runs a program that judges our output (pdfsig, qpdf, mutool), with a time limit: some of them hang on
// hostile files.
#pragma once

#include <string>
#include <vector>

namespace greffe {

struct ToolResult {
    bool isFound = true;  // false when the program is not installed
    bool isTimeout = false;
    int exitCode = -1;   // -1 when a signal ended it
    std::string output;  // stdout and stderr, at most 1 MiB
};

ToolResult runTool(const std::vector<std::string>& arguments, int timeoutSeconds = 30);
// Whether the program is on the PATH. With CI=true a missing one is a failure of the test that asks, never a
// skip.
bool hasTool(const std::string& name);

// What pdfsig says of each signature of a file, in its order.
struct PdfsigVerdict {
    bool isValid = false;
    bool coversFile = false;
};
std::vector<PdfsigVerdict> pdfsigVerdicts(const std::string& path);

}  // namespace greffe
