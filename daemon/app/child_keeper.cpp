// SPDX-License-Identifier: Apache-2.0
#include "app/child_keeper.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace greffe {
namespace {

constexpr std::chrono::milliseconds kFirstPause{1'000}, kLongestPause{60'000};
// One that served so long is started again at once: whatever ended it is not what kept it from starting.
constexpr std::chrono::seconds kServedWell{60};
constexpr std::chrono::milliseconds kEndsWithin{3'000};

std::string howItEnded(int status) {
    return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                               : fmt::format("exit code {}", WEXITSTATUS(status));
}

}  // namespace

ChildKeeper::ChildKeeper(Reactor& reactor, std::vector<std::string> arguments, Events events)
    : reactor_(reactor), arguments_(std::move(arguments)), events_(std::move(events)), pause_(kFirstPause) {}

ChildKeeper::~ChildKeeper() {
    reactor_.cancel(timer_);
    if (pid_ == 0) return;
    if (process_) reactor_.unwatch(process_.get());
    kill(pid_, SIGTERM);
    const auto until = std::chrono::steady_clock::now() + kEndsWithin;
    int status = 0;
    while (waitpid(pid_, &status, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() >= until) {
            kill(pid_, SIGKILL);
            waitpid(pid_, &status, 0);
            return;
        }
        usleep(5'000);
    }
}

void ChildKeeper::start() {
    timer_ = 0;
    std::vector<std::string> words = {"greffe"};
    words.insert(words.end(), arguments_.begin(), arguments_.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // The child chooses its own signals: ours are blocked for a thread that waits for them.
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    const int failure = posix_spawn(&pid_, "/proc/self/exe", nullptr, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (failure != 0) {
        pid_ = 0;
        return startAgain(fmt::format("it cannot be started: {}", std::strerror(failure)));
    }
    startedAt_ = std::chrono::steady_clock::now();
    process_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0U)));
    if (!process_) {
        kill(pid_, SIGKILL);
        return childEnded();
    }
    reactor_.watch(process_.get(), EPOLLIN, [this](std::uint32_t) { childEnded(); });
}

void ChildKeeper::childEnded() {
    int status = 0;
    waitpid(pid_, &status, 0);
    if (process_) reactor_.unwatch(process_.get());
    process_.reset();
    pid_ = 0;
    if (std::chrono::steady_clock::now() - startedAt_ >= kServedWell) pause_ = kFirstPause;
    startAgain(howItEnded(status));
}

void ChildKeeper::startAgain(const std::string& how) {
    if (events_.ended) events_.ended(how, pause_);
    timer_ = reactor_.callAfter(pause_, [this] { start(); });
    pause_ = std::min(pause_ * 2, kLongestPause);
}

}  // namespace greffe
