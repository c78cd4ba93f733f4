// SPDX-License-Identifier: Apache-2.0
// File systems for tests: mounted when made, gone when the test is. Needs root.
#pragma once

#include "support/temporary_directory.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

namespace greffe {

// Skips the test, or fails it where CI promises what it needs.
#define GREFFE_NEEDS(condition, what)                                       \
    do {                                                                    \
        if (!(condition)) {                                                 \
            const char* ci = std::getenv("CI");                             \
            if (ci != nullptr && std::string(ci) == "true") FAIL() << what; \
            GTEST_SKIP() << what;                                           \
        }                                                                   \
    } while (false)

class Mounted {
public:
    Mounted() = default;
    // On a directory that is there already, instead of one of its own.
    explicit Mounted(std::string directory) : at_(std::move(directory)) {}
    Mounted(const Mounted&) = delete;
    Mounted& operator=(const Mounted&) = delete;
    ~Mounted() { unmount(); }

    bool mountTmpfs(const std::string& options) {
        isMounted_ = mount("tmpfs", path().c_str(), "tmpfs", 0, options.c_str()) == 0;
        return isMounted_;
    }
    bool remountTmpfs(const std::string& options) {
        return mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT, options.c_str()) == 0;
    }
    // Another directory, seen through this one, where nothing can be written.
    bool mountReadOnly(const std::string& directory) {
        isMounted_ = mount(directory.c_str(), path().c_str(), nullptr, MS_BIND, nullptr) == 0;
        return isMounted_ &&
               mount(nullptr, path().c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
    }
    // An ext4 image on a loop device. mount(8) sets the device up and takes it down again.
    bool mountImage(const std::string& image) {
        isMounted_ = std::system(("mount -o loop '" + image + "' '" + path() + "' 2>/dev/null").c_str()) == 0;
        return isMounted_;
    }
    bool unmount() {
        if (!isMounted_) return true;
        isMounted_ =
            std::system(("umount '" + path() + "' 2>/dev/null || umount -l '" + path() + "'").c_str()) != 0;
        return !isMounted_;
    }

    const std::string& path() const { return at_.empty() ? folder_.path() : at_; }

private:
    TemporaryDirectory folder_;
    std::string at_;
    bool isMounted_ = false;
};

}  // namespace greffe
