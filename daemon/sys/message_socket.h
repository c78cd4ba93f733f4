// SPDX-License-Identifier: Apache-2.0
// Messages with descriptors over a Unix SOCK_SEQPACKET socket: each arrives whole or not at all.
//
// A message is a fixed head, a body of up to 60 KiB and up to 128 descriptors. A larger body travels as a
// sealed memory file, without the receiver noticing. What does not fit this shape is Errc::Corrupt: the other
// side is not to be trusted any more. Sending is thread-safe; receiving is one thread's.
#pragma once

#include "base/result.h"
#include "sys/unique_fd.h"

#include <cstdint>
#include <string>
#include <vector>

namespace greffe {

struct Message {
    std::uint16_t kind = 0;
    std::uint32_t tag = 0;  // generation of a worker, number of a request
    std::string body;
    std::vector<UniqueFd> descriptors;
};

class MessageSocket {
public:
    static constexpr std::size_t kMaxInlineBytes = std::size_t{60} * 1024;
    static constexpr std::size_t kMaxBodyBytes = 16U << 20U;
    static constexpr std::size_t kMaxDescriptors = 128;

    MessageSocket() = default;
    explicit MessageSocket(UniqueFd fd) : fd_(std::move(fd)) {}

    // Two connected ends, both close-on-exec.
    static Result<std::pair<MessageSocket, MessageSocket>> pair();

    int fd() const { return fd_.get(); }
    bool valid() const { return fd_.valid(); }
    void close() { fd_.reset(); }
    UniqueFd takeFd() { return std::move(fd_); }

    // Errc::Closed when the other side is gone, Errc::Busy when a non-blocking socket is full. Descriptors
    // are borrowed.
    Status send(std::uint16_t kind, std::uint32_t tag, std::string_view body,
                const std::vector<int>& descriptors = {}) const;
    // Errc::Closed at the end, Errc::Busy when nothing is there (non-blocking).
    Result<Message> receive() const;

    Status setNonBlocking(bool on) const;

private:
    UniqueFd fd_;
};

}  // namespace greffe
