// SPDX-License-Identifier: Apache-2.0
// A C library that lies to the daemon under test: memory that is not there, a disk that fails, a date that
// jumps. The test turns them on and off while the daemon runs.
//
//   Lies lies;
//   daemon.start(lies.how());
//   lies->diskFails = 1;
//
// Only the engine is lied to: workers are started with an environment of their own. Not for builds under a
// sanitizer, whose allocator is its own (see areToldHere).
#pragma once

#include "support/daemon_under_test.h"
#include "support/told_lies.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <stdexcept>
#include <string>

namespace greffe {

class Lies {
public:
#ifdef GREFFE_SANITIZED
    static constexpr bool kAreToldHere = false;
#else
    static constexpr bool kAreToldHere = true;
#endif

    Lies() {
        const int fd = open(path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        void* memory = fd >= 0 && ftruncate(fd, sizeof(ToldLies)) == 0
                           ? mmap(nullptr, sizeof(ToldLies), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                           : MAP_FAILED;
        if (fd >= 0) close(fd);
        if (memory == MAP_FAILED) throw std::runtime_error("cannot map " + path());
        told_ = new (memory) ToldLies();
    }
    ~Lies() {
        munmap(told_, sizeof(ToldLies));
    }
    Lies(const Lies&) = delete;
    Lies& operator=(const Lies&) = delete;

    ToldLies* operator->() {
        return told_;
    }
    DaemonUnderTest::How how() const {
        DaemonUnderTest::How how;
        how.environment["LD_PRELOAD"] = GREFFE_LYING_LIBC;
        how.environment[kToldLiesVariable] = path();
        return how;
    }

private:
    std::string path() const {
        return folder_.path() + "/lies";
    }

    TemporaryDirectory folder_;
    ToldLies* told_ = nullptr;
};

}  // namespace greffe
