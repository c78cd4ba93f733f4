// SPDX-License-Identifier: Apache-2.0
// Keeps one child process alive: this very program with other arguments. When it ends it is started again,
// after pauses that grow from one second to a minute while it keeps ending soon.
//
// Lives on the reactor's thread.
#pragma once

#include "base/result.h"
#include "sys/reactor.h"
#include "sys/unique_fd.h"

#include <functional>
#include <string>
#include <vector>

namespace greffe {

class ChildKeeper {
public:
    struct Events {
        std::function<void(const std::string& how, std::chrono::milliseconds startedAgainIn)> ended;
    };
    ChildKeeper(Reactor& reactor, std::vector<std::string> arguments, Events events);
    ~ChildKeeper();  // ends the child and waits for it
    ChildKeeper(const ChildKeeper&) = delete;
    ChildKeeper& operator=(const ChildKeeper&) = delete;

    void start();
    // 0 while none runs.
    pid_t pid() const { return pid_; }

private:
    void childEnded();
    void startAgain(const std::string& how);

    Reactor& reactor_;
    const std::vector<std::string> arguments_;
    const Events events_;
    pid_t pid_ = 0;
    UniqueFd process_;  // readable when it has ended
    SteadyTime startedAt_{};
    std::chrono::milliseconds pause_;
    Reactor::TimerId timer_ = 0;
};

}  // namespace greffe
