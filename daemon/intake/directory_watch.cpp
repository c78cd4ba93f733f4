// SPDX-License-Identifier: Apache-2.0
#include "intake/directory_watch.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>

namespace greffe {

DirectoryWatch::DirectoryWatch(Reactor& reactor, std::string root, Hints hints)
    : reactor_(reactor),
      root_(std::move(root)),
      hints_(std::move(hints)),
      inotify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (inotify_) reactor_.watch(inotify_.get(), EPOLLIN, [this](std::uint32_t) { readEvents(); });
}

DirectoryWatch::~DirectoryWatch() {
    if (inotify_) reactor_.unwatch(inotify_.get());
}

Status DirectoryWatch::add(const std::string& directory) {
    if (!inotify_)
        return makeError(Errc::Busy, "no inotify instance is left", "fs.inotify.max_user_instances");
    const std::string path = directory.empty() ? root_ : root_ + "/" + directory;
    // No MODIFY: a writer of a large file would wake us for every block. Its close, or the rescan, tells
    // enough.
    const std::uint32_t events =
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    const int watch = inotify_add_watch(inotify_.get(), path.c_str(), events);
    if (watch < 0) return systemError("cannot watch " + path, errno);
    directories_[watch] = directory;
    return {};
}

void DirectoryWatch::readEvents() {
    alignas(inotify_event) char buffer[64 * 1024];
    bool hasLostTrack = false;
    for (;;) {
        const ssize_t got = read(inotify_.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        for (ssize_t at = 0; at < got;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            if ((event->mask & IN_Q_OVERFLOW) != 0) {
                hasLostTrack = true;
                continue;
            }
            const auto found = directories_.find(event->wd);
            if (found == directories_.end()) continue;
            if ((event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
                if ((event->mask & IN_IGNORED) != 0) directories_.erase(found);
                hasLostTrack = true;
            } else if ((event->mask & IN_ISDIR) != 0) {
                if ((event->mask & (IN_CREATE | IN_MOVED_TO)) != 0) hasLostTrack = true;
            } else if (event->len > 0) {
                hints_.changed(found->second, event->name);
            }
        }
    }
    if (hasLostTrack) hints_.lostTrack();
}

}  // namespace greffe
