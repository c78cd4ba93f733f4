// SPDX-License-Identifier: Apache-2.0
// The client's end of the control socket, for the command line, the front process and tests. Blocking; one
// thread's.
#pragma once

#include "control/control_protocol.h"
#include "sys/unique_fd.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace greffe {

class ControlClient {
public:
    // Errc::NotFound when no daemon answers there.
    static Result<ControlClient> connect(const std::string& path);

    using Progress = std::function<void(const Json& progress)>;
    // One request and its answer. The Error is the daemon's (not_found, invalid, …), or the connection's:
    // Closed, Timeout when nothing at all came for `silence`.
    Result<Json> ask(const std::string& operation, Json params = Json::object(),
                     const std::vector<int>& descriptors = {}, const Progress& progress = {});

    void setSilenceLimit(std::chrono::milliseconds silence) { silence_ = silence; }

private:
    explicit ControlClient(UniqueFd fd) : fd_(std::move(fd)) {}

    Status send(std::string_view line, const std::vector<int>& descriptors);
    Result<std::string> receiveLine();

    UniqueFd fd_;
    std::string in_;
    std::int64_t nextId_ = 1;
    std::chrono::milliseconds silence_{0};  // 0: for ever
};

}  // namespace greffe
