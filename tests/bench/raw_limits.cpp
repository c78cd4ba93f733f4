// SPDX-License-Identifier: Apache-2.0
#include "bench/raw_limits.h"

#include "support/run_tool.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace greffe {
namespace {

// `openssl speed -mr` prints a line for each figure: words between colons, the last one or two are figures.
std::vector<std::string> speedLine(const std::vector<std::string>& what, const std::string& begin) {
    std::vector<std::string> command = {"openssl", "speed", "-mr", "-seconds", "1"};
    command.insert(command.end(), what.begin(), what.end());
    const ToolResult result = runTool(command, 60);
    std::stringstream lines(result.output);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind(begin, 0) != 0) continue;
        std::vector<std::string> words;
        std::stringstream rest(line);
        for (std::string word; std::getline(rest, word, ':');)
            words.push_back(word);
        return words;
    }
    fmt::print(stderr, "bench: openssl speed {} printed no line \"{}\":\n{}", what.front(), begin,
               result.output);
    std::exit(1);
}

double rate(const std::vector<std::string>& words, std::size_t at) {
    const double value = at < words.size() ? std::strtod(words[at].c_str(), nullptr) : 0;
    if (value > 0) return value;
    fmt::print(stderr, "bench: openssl speed printed a line of another form\n");
    std::exit(1);
}

}  // namespace

RawLimits measureRawLimits() {
    RawLimits limits;
    limits.rsa2048SignsPerSecond = rate(speedLine({"rsa2048"}, "+F2:"), 3);
    limits.p256SignsPerSecond = rate(speedLine({"ecdsap256"}, "+F4:"), 3);
    limits.sha256BytesPerSecond = rate(speedLine({"-bytes", "16384", "-evp", "sha256"}, "+F:"), 3);
    return limits;
}

}  // namespace greffe
