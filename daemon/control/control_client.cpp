// SPDX-License-Identifier: Apache-2.0
#include "control/control_client.h"

#include "control/control_socket.h"

#include <poll.h>

namespace greffe {
Result<ControlClient> ControlClient::connect(const std::string& path) {
    GREFFE_TRY_ASSIGN(UniqueFd fd, connectControl(path));
    return ControlClient(std::move(fd));
}

Status ControlClient::send(std::string_view line, const std::vector<int>& descriptors) {
    bool isFirst = true;
    while (!line.empty()) {
        GREFFE_TRY_ASSIGN(const std::size_t sent,
                          sendBytes(fd_.get(), line, isFirst ? descriptors : std::vector<int>()));
        isFirst = false;
        line.remove_prefix(sent);
    }
    return {};
}

Result<std::string> ControlClient::receiveLine() {
    std::size_t searched = 0;
    for (;;) {
        if (const auto end = in_.find('\n', searched); end != std::string::npos) {
            std::string line = in_.substr(0, end);
            in_.erase(0, end + 1);
            return line;
        }
        searched = in_.size();
        if (in_.size() > kMaxAnswerBytes)
            return makeError(Errc::Corrupt, "control socket: an answer without end");
        if (silence_.count() > 0) {
            pollfd ready{fd_.get(), POLLIN, 0};
            if (poll(&ready, 1, static_cast<int>(silence_.count())) == 0)
                return makeError(Errc::Timeout, "the daemon does not answer");
        }
        GREFFE_TRY_ASSIGN(const ReceivedBytes got, receiveBytes(fd_.get(), in_, kReadAtOnce));
        if (got.count == 0)
            return makeError(Errc::Closed, "the daemon closed the connection", "it may be stopping");
    }
}

Result<Json> ControlClient::ask(const std::string& operation, Json params,
                                const std::vector<int>& descriptors, const Progress& progress) {
    ControlRequest request;
    request.id = nextId_++;
    request.operation = operation;
    request.params = std::move(params);
    const std::string line = requestLine(request);
    if (line.size() > kMaxRequestBytes)
        return makeError(Errc::Invalid, "the request is larger than the control socket takes");
    // A daemon that refuses the connection says why before it closes: what cannot be sent may still be
    // answered.
    const Status sent = send(line, descriptors);
    for (;;) {
        auto received = receiveLine();
        if (!received) return sent ? received.error() : sent.error();
        GREFFE_TRY_ASSIGN(ControlAnswer answer, readAnswer(*received));
        switch (answer.kind) {
            case ControlAnswer::Kind::Progress:
                if (progress) progress(answer.body);
                break;
            case ControlAnswer::Kind::Error: return answer.error;
            case ControlAnswer::Kind::Result: return std::move(answer.body);
        }
    }
}

}  // namespace greffe
