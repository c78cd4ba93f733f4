// SPDX-License-Identifier: Apache-2.0
// What a probe, a child process that runs a stranger's plugin, tells the kit: lines of JSON in a memory file,
// written at once, so that they are there when the child dies in the next call.
#pragma once

#include "base/json.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace greffe::conformance {

struct Finding {
    std::string rule;
    std::string detail;
};

// The child's side. Thread-safe: one write() a line.
class FindingWriter {
public:
    explicit FindingWriter(int fd) : fd_(fd) {}

    void fail(std::string_view rule, const std::string& detail);
    // The rule could not be tried, and why.
    void skip(std::string_view rule, const std::string& why);
    // What the next call is: a crash is reported with it.
    void doing(const std::string& what);
    // A value that two runs must have in common.
    void same(const std::string& what, const std::string& value);
    void measure(const std::string& what, double value);
    // The probe came to its end.
    void finished();

    const std::string& lastDoing() const { return doing_; }

private:
    void line(const Json& value);

    int fd_;
    std::string doing_;
};

// The kit's side: everything that one child said.
struct ProbeReport {
    std::vector<Finding> findings;
    std::map<std::string, std::string> skipped;  // rule → why
    std::map<std::string, std::string> same;
    std::map<std::string, double> measured;
    std::string lastDoing;
    bool isFinished = false;

    static ProbeReport read(std::string_view lines);
};

}  // namespace greffe::conformance
