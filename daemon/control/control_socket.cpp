// SPDX-License-Identifier: Apache-2.0
#include "control/control_socket.h"

#include "base/bytes_text.h"
#include "sys/files.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace greffe {
namespace {

constexpr int kBacklog = 64;
constexpr std::size_t kMostDescriptors = 4;

Result<sockaddr_un> addressOf(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return makeError(Errc::Invalid,
                         fmt::format("control socket {}: the path has {} bytes, the system allows {}",
                                     displayText(path), path.size(), sizeof address.sun_path - 1),
                         "choose a shorter settings.control_socket, such as /run/greffe/control.sock");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Result<UniqueFd> newSocket(int flags) {
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
    if (!fd) return systemError("cannot create a socket", errno);
    return fd;
}

// Removes what is at `path` if it is a socket that nobody listens on. Errc::Exists otherwise.
Status removeStale(int directory, const std::string& name, const std::string& path) {
    const auto facts = factsAt(directory, name);
    if (!facts) return {};
    if (!S_ISSOCK(facts->mode))
        return makeError(
            Errc::Exists,
            fmt::format("control socket {}: a file that is no socket is there", displayText(path)),
            "move it away, or change settings.control_socket");
    GREFFE_TRY_ASSIGN(const sockaddr_un address, addressOf(path));
    GREFFE_TRY_ASSIGN(const UniqueFd probe, newSocket(SOCK_NONBLOCK));
    const int code = connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    // A full backlog (EAGAIN) is somebody alive, too.
    if (code == 0 || errno == EAGAIN)
        return makeError(Errc::Exists,
                         fmt::format("control socket {}: another daemon answers there", displayText(path)),
                         "stop it first, or give this one its own settings.control_socket");
    if (errno != ECONNREFUSED)
        return systemError(fmt::format("control socket {}: cannot look at it", path), errno);
    return removeFileAt(directory, name);
}

}  // namespace

Result<ControlListener> ControlListener::open(const std::string& path) {
    GREFFE_TRY_ASSIGN(const sockaddr_un wanted, addressOf(path));
    static_cast<void>(wanted);
    const SplitPath place = splitPath(path);
    GREFFE_TRY(makeDirectories(place.directory));
    GREFFE_TRY_ASSIGN(const UniqueFd directory, openDirectory(place.directory));
    GREFFE_TRY(removeStale(directory.get(), place.name, path));

    // Reached through /proc: a temporary name beside a path of full length would be too long for an address.
    const std::string temporary = fmt::format(".greffe-{}", getpid());
    GREFFE_TRY_ASSIGN(const sockaddr_un address,
                      addressOf(fmt::format("/proc/self/fd/{}/{}", directory.get(), temporary)));
    ControlListener listener;
    GREFFE_TRY_ASSIGN(listener.fd_, newSocket(SOCK_NONBLOCK));
    static_cast<void>(removeFileAt(directory.get(), temporary));  // of a process with our number, long gone
    const auto failed = [&](const char* what) {
        const int code = errno;
        static_cast<void>(removeFileAt(directory.get(), temporary));
        return systemError(fmt::format("control socket {}: cannot {}", displayText(path), what), code);
    };
    if (bind(listener.fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return failed("bind");
    if (fchmodat(directory.get(), temporary.c_str(), 0660, 0) != 0) return failed("set its mode");
    if (listen(listener.fd_.get(), kBacklog) != 0) return failed("listen");
    GREFFE_TRY_ASSIGN(const FileFacts facts, factsAt(directory.get(), temporary));
    if (Status moved = renameNew(directory.get(), temporary, directory.get(), place.name); !moved) {
        static_cast<void>(removeFileAt(directory.get(), temporary));
        return moved.error();
    }
    listener.path_ = path;
    listener.inode_ = facts.inode;
    return listener;
}

ControlListener::ControlListener(ControlListener&& other) noexcept
    : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)), inode_(other.inode_) {}

ControlListener::~ControlListener() {
    if (path_.empty()) return;
    const SplitPath place = splitPath(path_);
    auto directory = openDirectory(place.directory);
    if (!directory) return;
    const auto facts = factsAt(directory->get(), place.name);
    if (facts && facts->inode == inode_) static_cast<void>(removeFileAt(directory->get(), place.name));
}

Result<UniqueFd> ControlListener::accept() const {
    for (;;) {
        UniqueFd client(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (client) return client;
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EMFILE || errno == ENFILE)
            return makeError(Errc::NoSpace, "control socket: no descriptor left for another client");
        return systemError("control socket: cannot accept", errno);
    }
}

Result<UniqueFd> connectControl(const std::string& path) {
    GREFFE_TRY_ASSIGN(const sockaddr_un address, addressOf(path));
    GREFFE_TRY_ASSIGN(UniqueFd fd, newSocket(0));
    int code = 0;
    do {
        code = connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    } while (code != 0 && errno == EINTR);
    if (code == 0) return fd;
    const int why = errno;
    if (why == ENOENT || why == ECONNREFUSED)
        return makeError(Errc::NotFound, fmt::format("no daemon answers at {}", displayText(path)),
                         "start it (greffe run, systemctl start greffe), or name its socket with --socket");
    if (why == EACCES)
        return systemError(fmt::format("{}: cannot connect", displayText(path)), why,
                           "only members of the daemon's group may operate it");
    return systemError(fmt::format("{}: cannot connect", displayText(path)), why);
}

Result<Peer> peerOf(int fd) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return systemError("control socket: who is there", errno);
    Peer peer{credentials.uid, credentials.pid, std::to_string(credentials.uid)};
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16384> buffer{};
    if (getpwuid_r(credentials.uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        peer.user = found->pw_name;
    return peer;
}

Result<ReceivedBytes> receiveBytes(int fd, std::string& into, std::size_t most) {
    const std::size_t before = into.size();
    into.resize(before + most);
    iovec part{into.data() + before, most};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    ssize_t got = 0;
    do {
        got = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    into.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) return systemError("control socket: cannot receive", errno);
    ReceivedBytes received;
    received.count = static_cast<std::size_t>(got);
    for (cmsghdr* row = CMSG_FIRSTHDR(&header); row != nullptr; row = CMSG_NXTHDR(&header, row)) {
        if (row->cmsg_level != SOL_SOCKET || row->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (row->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int passed = -1;
            std::memcpy(&passed, CMSG_DATA(row) + i * sizeof(int), sizeof passed);
            received.descriptors.emplace_back(passed);
        }
    }
    if ((header.msg_flags & MSG_CTRUNC) != 0)
        return makeError(Errc::Invalid, "control socket: too many descriptors at once");
    return received;
}

Result<std::size_t> sendBytes(int fd, std::string_view bytes, const std::vector<int>& descriptors) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> control{};
    if (descriptors.size() > kMostDescriptors)
        return makeError(Errc::Invalid, "control socket: too many descriptors");
    if (!descriptors.empty()) {
        header.msg_control = control.data();
        header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
        std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof(int) * descriptors.size());
    }
    for (;;) {
        const ssize_t sent = sendmsg(fd, &header, MSG_NOSIGNAL);
        if (sent >= 0) return static_cast<std::size_t>(sent);
        if (errno != EINTR) return systemError("control socket: cannot send", errno);
    }
}

}  // namespace greffe
