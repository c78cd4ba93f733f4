// SPDX-License-Identifier: Apache-2.0
#include "app/spool_lock.h"

#include "sys/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace greffe {

Result<UniqueFd> lockSpool(const std::string& spool) {
    GREFFE_TRY(makeDirectories(spool));
    const std::string path = spool + "/lock";
    UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
    if (!fd) return systemError(fmt::format("cannot open {}", path), errno);
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return systemError(fmt::format("cannot lock {}", path), errno);
        char holder[24] = {};
        const ssize_t read = pread(fd.get(), holder, sizeof(holder) - 1, 0);
        return makeError(Errc::Busy,
                         fmt::format("{}: another greffe works on this spool (process {})", spool,
                                     read > 0 ? std::strtol(holder, nullptr, 10) : 0),
                         "stop it first, or give this one a spool of its own");
    }
    // For people only, so neither synced nor relied upon.
    const std::string self = fmt::format("{}\n", getpid());
    if (ftruncate(fd.get(), 0) != 0 || pwrite(fd.get(), self.data(), self.size(), 0) < 0)
        return systemError(fmt::format("cannot write {}", path), errno);
    return fd;
}

}  // namespace greffe
