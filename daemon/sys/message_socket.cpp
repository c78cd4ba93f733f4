// SPDX-License-Identifier: Apache-2.0
#include "sys/message_socket.h"

#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace greffe {
namespace {

constexpr std::uint32_t kMagic = 0x31465247;  // "GRF1"

struct Head {
    std::uint32_t magic;
    std::uint16_t kind;
    std::uint16_t flags;
    std::uint32_t tag;
    std::uint32_t bodyBytes;
    std::uint32_t descriptors;
};
constexpr std::uint16_t kBodyInDescriptor = 1;  // the last descriptor is a sealed memory file with the body

Error corrupt(std::string what) {
    return makeError(Errc::Corrupt, "message socket: " + std::move(what),
                     "the peer is not speaking our protocol");
}

}  // namespace

Result<std::pair<MessageSocket, MessageSocket>> MessageSocket::pair() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return systemError("cannot create a socket pair", errno);
    return std::pair{MessageSocket(UniqueFd(ends[0])), MessageSocket(UniqueFd(ends[1]))};
}

Status MessageSocket::setNonBlocking(bool on) const {
    const int flags = fcntl(fd_.get(), F_GETFL);
    if (flags < 0 || fcntl(fd_.get(), F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) != 0)
        return systemError("cannot change a socket", errno);
    return {};
}

Status MessageSocket::send(std::uint16_t kind, std::uint32_t tag, std::string_view body,
                           const std::vector<int>& descriptors) const {
    Head head{kMagic,
              kind,
              0,
              tag,
              static_cast<std::uint32_t>(body.size()),
              static_cast<std::uint32_t>(descriptors.size())};
    std::vector<int> passed = descriptors;
    UniqueFd large;
    if (body.size() > kMaxBodyBytes)
        return makeError(Errc::Invalid, fmt::format("message body of {} bytes", body.size()));
    if (body.size() > kMaxInlineBytes) {
        GREFFE_TRY_ASSIGN(large, sealedMemoryFile("message", body));
        head.flags |= kBodyInDescriptor;
        passed.push_back(large.get());
        body = {};
    }
    if (passed.size() > kMaxDescriptors)
        return makeError(Errc::Invalid, fmt::format("message with {} descriptors", passed.size()));

    iovec parts[2] = {{&head, sizeof head}, {const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = body.empty() ? 1 : 2;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> control;
    if (!passed.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(sizeof(int) * passed.size());
        cmsghdr* rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * passed.size());
        std::memcpy(CMSG_DATA(rights), passed.data(), sizeof(int) * passed.size());
    }
    for (;;) {
        if (sendmsg(fd_.get(), &message, MSG_NOSIGNAL) >= 0) return {};
        if (errno == EINTR) continue;
        return systemError("cannot send a message", errno);
    }
}

Result<Message> MessageSocket::receive() const {
    Head head{};
    // Kept per thread: a fresh 60 KiB buffer for each message would be zeroed each time.
    static thread_local std::vector<char> buffer(kMaxInlineBytes);
    iovec parts[2] = {{&head, sizeof head}, {buffer.data(), buffer.size()}};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> control;
    msghdr header{};
    header.msg_iov = parts;
    header.msg_iovlen = 2;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t got = 0;
    do {
        got = recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return systemError("cannot receive a message", errno);

    Message message;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
            message.descriptors.emplace_back(fd);
        }
    }
    if (got == 0) return makeError(Errc::Closed, "message socket: the other side is gone");
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return corrupt("a message larger than allowed");
    if (static_cast<std::size_t>(got) < sizeof head || head.magic != kMagic)
        return corrupt("a message without our head");
    const std::size_t inlineBytes = static_cast<std::size_t>(got) - sizeof head;
    const bool isLarge = (head.flags & kBodyInDescriptor) != 0;
    if ((head.flags & ~kBodyInDescriptor) != 0 || head.bodyBytes > kMaxBodyBytes ||
        (isLarge ? inlineBytes != 0 : inlineBytes != head.bodyBytes) ||
        message.descriptors.size() != head.descriptors + (isLarge ? 1U : 0U))
        return corrupt("a head that does not fit its message");

    message.kind = head.kind;
    message.tag = head.tag;
    if (isLarge) {
        const UniqueFd bodyFd = std::move(message.descriptors.back());
        message.descriptors.pop_back();
        // Sealed before it is read: the sender may still hold it and must not change it under us.
        if (!sealMemoryFile(bodyFd.get())) return corrupt("a body that is not a memory file");
        auto mapped = factsOf(bodyFd.get());
        if (!mapped || mapped->sizeBytes != head.bodyBytes)
            return corrupt("a body of another size than announced");
        GREFFE_TRY_ASSIGN(const MappedFile file, MappedFile::map(bodyFd.get(), 0, head.bodyBytes));
        message.body.assign(file.bytes());
    } else {
        message.body.assign(buffer.data(), inlineBytes);
    }
    return message;
}

}  // namespace greffe
