// SPDX-License-Identifier: Apache-2.0
// A worker's second thread: says "alive" to the engine a period after a step began and each period from then
// on, and nothing while none runs. Steps that are short do not wake it: waking a thread costs as much as some
// of them.
//
// It proves that the process is scheduled, not that the step advances: the step's deadline does that.
#pragma once

#include "loader/host_services/host_cancel.h"
#include "sys/message_socket.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace greffe {

class Heartbeat {
public:
    Heartbeat(const MessageSocket& socket, std::uint32_t generation, std::chrono::milliseconds period,
              HostCancel& progress);
    ~Heartbeat();
    Heartbeat(const Heartbeat&) = delete;
    Heartbeat& operator=(const Heartbeat&) = delete;

    void stepBegins(std::uint64_t callId);
    void stepEnds();

    // Resident memory of this process, read through a descriptor that was opened before the sandbox closed.
    std::uint64_t residentBytes() const;

private:
    void run();

    const MessageSocket& socket_;
    std::uint32_t generation_;
    std::chrono::milliseconds period_;
    HostCancel& progress_;
    UniqueFd statm_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t call_ = 0;  // 0: no step runs
    bool isAsleep_ = false;   // waits for a step, and not for the end of a period
    bool isStopping_ = false;
    std::thread thread_;
};

}  // namespace greffe
