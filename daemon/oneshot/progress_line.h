// SPDX-License-Identifier: Apache-2.0
// What a command is doing right now, in one line that is wiped when it is over. On a terminal only: in a pipe
// or a log it would be noise, so there it is silent.
#pragma once

#include <string_view>

namespace greffe {

class ProgressLine {
public:
    ProgressLine();   // looks at stderr
    ~ProgressLine();  // wipes the line
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    // An operation's name, as OneShot tells it.
    void show(std::string_view operation) const;

private:
    bool isTerminal_;
};

}  // namespace greffe
