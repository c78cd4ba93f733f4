// SPDX-License-Identifier: Apache-2.0
#include "sys/reactor.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <thread>

namespace greffe {
namespace {

TEST(Reactor, TimersFireInTheOrderOfTheirTime) {
    Reactor reactor;
    std::string order;
    reactor.callAfter(std::chrono::milliseconds(20), [&] {
        order += 'b';
        reactor.stop();
    });
    const auto cancelled = reactor.callAfter(std::chrono::milliseconds(5), [&] { order += 'x'; });
    reactor.callAfter(std::chrono::milliseconds(1), [&] { order += 'a'; });
    reactor.cancel(cancelled);
    reactor.run();
    EXPECT_EQ(order, "ab");
}

TEST(Reactor, WorkPostedByOtherThreadsRunsOnItsOwn) {
    Reactor reactor;
    int count = 0;
    std::thread other([&] {
        for (int i = 0; i < 1000; ++i)
            reactor.post([&] { ++count; });
        reactor.post([&] { reactor.stop(); });
    });
    reactor.run();
    other.join();
    EXPECT_EQ(count, 1000);
}

TEST(Reactor, AHandlerMayUnwatchItself) {
    Reactor reactor;
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    int calls = 0;
    reactor.watch(ends[0], EPOLLIN, [&](std::uint32_t) {
        ++calls;
        reactor.unwatch(ends[0]);
        reactor.callAfter(std::chrono::milliseconds(10), [&] { reactor.stop(); });
    });
    reactor.run();
    EXPECT_EQ(calls, 1);
    close(ends[0]);
    close(ends[1]);
}

}  // namespace
}  // namespace greffe
