// SPDX-License-Identifier: Apache-2.0
// What independent programs and our own structure check say of a sealed file.
#pragma once

#include "pdf/structure_check.h"
#include "support/run_tool.h"
#include "support/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace greffe {

inline std::string bytesOfFile(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

// qpdf --check: 0 clean, 3 warnings, 2 errors; -1 when qpdf itself died.
inline int qpdfVerdict(const std::string& path) {
    return runTool({"qpdf", "--check", path}).exitCode;
}

inline bool mutoolRepairs(const std::string& path) {
    const ToolResult result = runTool({"mutool", "show", path, "trailer"});
    return result.exitCode != 0 || result.output.find("repair") != std::string::npos;
}

// Fails the running test when `sealed` is not an honest, valid seal on `original` in the eyes of every judge.
inline void expectHonestSeal(const std::string& original, const std::string& sealed) {
    EXPECT_EQ(pdf::structureFaults(original, sealed), std::vector<std::string>());
    const TemporaryDirectory folder;
    const std::string before = folder.path() + "/before.pdf", after = folder.path() + "/after.pdf";
    std::ofstream(before, std::ios::binary) << original;
    std::ofstream(after, std::ios::binary) << sealed;

    const std::vector<PdfsigVerdict> was = pdfsigVerdicts(before), is = pdfsigVerdicts(after);
    ASSERT_EQ(is.size(), was.size() + 1);
    std::size_t whole = 0;
    std::size_t validBefore = 0, validAfter = 0;
    for (const PdfsigVerdict& verdict : was)
        validBefore += verdict.isValid ? 1 : 0;
    for (const PdfsigVerdict& verdict : is) {
        validAfter += verdict.isValid ? 1 : 0;
        whole += verdict.isValid && verdict.coversFile ? 1 : 0;
    }
    EXPECT_EQ(validAfter, validBefore + 1) << "an earlier signature lost its standing, or ours is not valid";
    EXPECT_EQ(whole, 1U) << "exactly one valid signature must cover the whole file";
    EXPECT_LE(qpdfVerdict(after), qpdfVerdict(before)) << runTool({"qpdf", "--check", after}).output;
    EXPECT_TRUE(!mutoolRepairs(after) || mutoolRepairs(before))
        << runTool({"mutool", "show", after, "trailer"}).output;
}

}  // namespace greffe
