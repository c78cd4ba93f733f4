// SPDX-License-Identifier: Apache-2.0
// Hints from inotify that something happened in a folder. Only hints: events are lost when the queue
// overflows, on network file systems, and when the folder is removed and made again; the rescan is the truth.
//
// Lives on the intake thread's reactor.
#pragma once

#include "base/result.h"
#include "sys/reactor.h"
#include "sys/unique_fd.h"

#include <functional>
#include <map>
#include <string>

namespace greffe {

class DirectoryWatch {
public:
    struct Hints {
        // A name in a watched directory ("" is the root itself) was written, closed, moved in or linked.
        std::function<void(const std::string& directory, const std::string& name)> changed;
        // Everything must be looked at again: overflow, or a directory that came or went.
        std::function<void()> lostTrack;
    };

    DirectoryWatch(Reactor& reactor, std::string root, Hints hints);
    ~DirectoryWatch();
    DirectoryWatch(const DirectoryWatch&) = delete;
    DirectoryWatch& operator=(const DirectoryWatch&) = delete;

    // Watches <root>/<directory>; again is fine. An error (limit reached, network file system) only means: no
    // hints.
    Status add(const std::string& directory);

private:
    void readEvents();

    Reactor& reactor_;
    std::string root_;
    Hints hints_;
    UniqueFd inotify_;
    std::map<int, std::string> directories_;
};

}  // namespace greffe
