// SPDX-License-Identifier: Apache-2.0
#include "sys/file_lock.h"

#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace greffe {

namespace {

UniqueFd openLock(int dirFd, const std::string& name, int access) {
    return UniqueFd(
        openat(dirFd, name.c_str(), access | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640));
}

std::int64_t holderOf(int fd) {
    char holder[24] = {};
    return pread(fd, holder, sizeof(holder) - 1, 0) > 0 ? std::strtol(holder, nullptr, 10) : 0;
}

// A process that is killed while it starts another one leaves that one with its descriptors, for as long as
// it has not begun its own program: a start right after the kill would find the lock taken by nobody.
bool isGone(std::int64_t holder) {
    return holder <= 0 || (kill(static_cast<pid_t>(holder), 0) != 0 && errno == ESRCH);
}

constexpr std::chrono::milliseconds kLeftoversLast{5'000}, kLookEvery{10};

// For people only: neither synced nor relied upon. A full disk must not keep the daemon from a folder that it
// is about to empty.
void nameHolder(int dirFd, const std::string& name) {
    const UniqueFd fd = openLock(dirFd, name, O_WRONLY | O_TRUNC);
    const std::string self = fmt::format("{}\n", getpid());
    if (fd && write(fd.get(), self.data(), self.size()) < 0) return;
}

}  // namespace

Result<UniqueFd> lockFile(int dirFd, const std::string& name, const std::string& held,
                          const std::string& advice) {
    // For reading: a file that is open for writing keeps its file system from being mounted read-only.
    UniqueFd fd = openLock(dirFd, name, O_RDONLY);
    int locked = fd ? flock(fd.get(), LOCK_EX | LOCK_NB) : -1;
    const auto patience = std::chrono::steady_clock::now() + kLeftoversLast;
    while (fd && locked != 0 && errno == EWOULDBLOCK && isGone(holderOf(fd.get())) &&
           std::chrono::steady_clock::now() < patience) {
        std::this_thread::sleep_for(kLookEvery);
        locked = flock(fd.get(), LOCK_EX | LOCK_NB);
    }
    if (fd && locked != 0 && errno == EBADF) {  // NFS makes record locks of these, which need a writer
        fd = openLock(dirFd, name, O_RDWR);
        locked = fd ? flock(fd.get(), LOCK_EX | LOCK_NB) : -1;
    }
    if (!fd) return systemError(fmt::format("cannot open {}", name), errno);
    if (locked != 0 && errno != EWOULDBLOCK) return systemError(fmt::format("cannot lock {}", name), errno);
    if (locked != 0)
        return makeError(Errc::Busy, fmt::format("{} (process {})", held, holderOf(fd.get())), advice);
    nameHolder(dirFd, name);
    return fd;
}

}  // namespace greffe
