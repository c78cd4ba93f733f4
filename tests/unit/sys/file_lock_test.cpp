// SPDX-License-Identifier: Apache-2.0
#include "sys/file_lock.h"

#include "support/temporary_directory.h"
#include "sys/files.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class FileLock : public testing::Test {
protected:
    Result<UniqueFd> lock() const { return lockFile(directory_.get(), "lock", "it is in use", "wait"); }
    void TearDown() override {
        if (child_ > 0) kill(child_, SIGKILL), waitpid(child_, nullptr, 0);
    }
    // A process that holds the lock. With a leftover, it has started another one that lives so long.
    void holdElsewhere(milliseconds leftover = milliseconds(0)) {
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        child_ = fork();
        if (child_ == 0) {
            const auto held = lock();
            if (leftover.count() > 0 && fork() == 0) {
                usleep(static_cast<useconds_t>(leftover.count()) * 1'000);
                _exit(0);
            }
            if (!held || write(ends[1], "x", 1) != 1) _exit(1);
            pause();
            _exit(0);
        }
        char byte = 0;
        ASSERT_EQ(read(ends[0], &byte, 1), 1);
        close(ends[0]);
        close(ends[1]);
    }

    TemporaryDirectory folder_;
    const UniqueFd directory_ = openDirectory(folder_.path()).value();
    pid_t child_ = -1;
};

TEST_F(FileLock, IsHeldOnceAndNamesItsHolder) {
    holdElsewhere();
    const auto began = steady_clock::now();
    const auto second = lock();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::Busy);
    EXPECT_EQ(second.error().message, "it is in use (process " + std::to_string(child_) + ")");
    EXPECT_LT(steady_clock::now() - began, milliseconds(2'000)) << "it lives: nobody waits for its end";
    kill(child_, SIGKILL);
    waitpid(std::exchange(child_, -1), nullptr, 0);
    EXPECT_TRUE(lock());
}

// What a killed process had just started holds on to its descriptors until it begins its own program.
TEST_F(FileLock, OfADeadProcessIsWaitedFor) {
    holdElsewhere(milliseconds(400));
    kill(child_, SIGKILL);
    waitpid(std::exchange(child_, -1), nullptr, 0);
    EXPECT_TRUE(lock());
}

}  // namespace
}  // namespace greffe
