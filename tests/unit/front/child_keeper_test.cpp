// SPDX-License-Identifier: Apache-2.0
// The child is this test program itself, with a filter that ends at once or sleeps.
#include "app/child_keeper.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

const std::vector<std::string> kEndsAtOnce = {"--gtest_filter=ChildKeeperTest.DISABLED_NoSuchTest"};
const std::vector<std::string> kSleeps = {"--gtest_also_run_disabled_tests",
                                          "--gtest_filter=ChildKeeperTest.DISABLED_Sleeps"};

// Disabled, because it is no test: the others start it as a child. A minute is longer than any of them.
TEST(ChildKeeperTest, DISABLED_Sleeps) {
    std::this_thread::sleep_for(std::chrono::minutes(1));
}

TEST(ChildKeeperTest, OneThatKeepsEndingIsStartedAgainAfterGrowingPauses) {
    Reactor reactor;
    std::vector<milliseconds> pauses;
    ChildKeeper::Events events;
    events.ended = [&](const std::string& how, milliseconds again) {
        EXPECT_EQ(how, "exit code 0");
        pauses.push_back(again);
        if (pauses.size() == 3) reactor.stop();
    };
    ChildKeeper keeper(reactor, kEndsAtOnce, events);
    keeper.start();
    reactor.callAfter(std::chrono::seconds(30), [&] { reactor.stop(); });
    reactor.run();
    EXPECT_EQ(pauses,
              (std::vector<milliseconds>{milliseconds(1'000), milliseconds(2'000), milliseconds(4'000)}));
}

TEST(ChildKeeperTest, OneThatIsKilledIsReplaced) {
    Reactor reactor;
    std::string how;
    ChildKeeper::Events events;
    events.ended = [&](const std::string& ended, milliseconds) { how = ended; };
    ChildKeeper keeper(reactor, kSleeps, events);
    keeper.start();
    const pid_t first = keeper.pid();
    ASSERT_GT(first, 0);
    kill(first, SIGKILL);
    reactor.callAfter(milliseconds(2'500), [&] { reactor.stop(); });
    reactor.run();
    EXPECT_EQ(how, "signal 9");
    EXPECT_GT(keeper.pid(), 0);
    EXPECT_NE(keeper.pid(), first);
}

TEST(ChildKeeperTest, AtTheEndNoChildIsLeft) {
    Reactor reactor;
    pid_t child = 0;
    {
        ChildKeeper keeper(reactor, kSleeps, {});
        keeper.start();
        child = keeper.pid();
        ASSERT_EQ(kill(child, 0), 0);
    }
    EXPECT_EQ(kill(child, 0), -1);
}

}  // namespace
}  // namespace greffe
