// SPDX-License-Identifier: Apache-2.0
// One worker as the engine sees it: a process that was exec'd, a socket, and how it ended.
//
// fork and exec of /proc/self/exe, never a bare fork of a threaded process. The child gets the socket as
// descriptor 3, a pipe for what it writes to stderr, nothing else, and dies with the thread that started it.
#pragma once

#include "base/result.h"
#include "sys/message_socket.h"
#include "sys/unique_fd.h"
#include "workers/sandbox.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace greffe {

struct WorkerEnd {
    bool wasSignalled = false;
    int code = 0;  // exit code or signal number
    bool hasDumpedCore = false;
    std::string text() const;  // "killed by signal 11 (Segmentation fault)"
};

class WorkerProcess {
public:
    struct Launch {
        std::string program = "/proc/self/exe";
        std::vector<std::string> arguments;  // argv[1…]
    };

    static Result<WorkerProcess> start(const Launch& launch);

    WorkerProcess(WorkerProcess&&) = default;
    WorkerProcess& operator=(WorkerProcess&&) = default;

    pid_t pid() const { return pid_; }
    int pidFd() const { return pidFd_.get(); }      // readable once the process ended
    int stderrFd() const { return stderr_.get(); }  // non-blocking
    const MessageSocket& socket() const { return socket_; }

    void terminate() const;  // SIGTERM: finish what you can
    void kill() const;
    // Takes the ended process away. Waits when it has not ended yet.
    WorkerEnd reap();

private:
    WorkerProcess() = default;

    pid_t pid_ = -1;
    UniqueFd pidFd_;
    UniqueFd stderr_;
    MessageSocket socket_;
};

}  // namespace greffe
