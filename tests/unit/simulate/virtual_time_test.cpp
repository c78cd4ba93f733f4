// SPDX-License-Identifier: Apache-2.0
#include "simulate/virtual_time.h"

#include <gmock/gmock.h>

namespace greffe {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

const WallTime kStart = fromUnixMs(1'795'300'000'000);

class VirtualTimeTest : public ::testing::Test {
protected:
    void note(std::chrono::milliseconds after, const std::string& name) {
        time_.callAfter(after, [this, name] { heard_.push_back(name); });
    }
    VirtualTime time_{kStart};
    std::vector<std::string> heard_;
};

TEST_F(VirtualTimeTest, StandsStillUntilItIsMoved) {
    note(0ms, "now");
    EXPECT_EQ(time_.wall(), kStart);
    EXPECT_TRUE(time_.runDue());
    EXPECT_FALSE(time_.runDue());
    EXPECT_THAT(heard_, ElementsAre("now"));
}

TEST_F(VirtualTimeTest, StopsAtEachTimerOnTheWay) {
    note(3h, "third");
    note(1h, "first");
    note(1h, "second");
    const WallTime until = kStart + 2h;
    EXPECT_TRUE(time_.moveToNext(until));
    EXPECT_EQ(time_.wall(), kStart + 1h);
    time_.runDue();
    EXPECT_THAT(heard_, ElementsAre("first", "second"));
    EXPECT_FALSE(time_.moveToNext(until)) << "the third is due later than anybody goes";
    EXPECT_EQ(time_.wall(), until);
    EXPECT_FALSE(time_.runDue());
}

TEST_F(VirtualTimeTest, ATimerMayCancelItsNeighbour) {
    Timers::TimerId second = 0;
    time_.callAfter(1s, [&] { time_.cancel(second); });
    second = time_.callAfter(1s, [this] { heard_.push_back("cancelled"); });
    time_.moveToNext(kStart + 1min);
    time_.runDue();
    EXPECT_THAT(heard_, ElementsAre());
    time_.cancel(second);  // twice is fine
}

TEST_F(VirtualTimeTest, NeverGoesBack) {
    EXPECT_FALSE(time_.moveToNext(kStart - 1h));
    EXPECT_EQ(time_.wall(), kStart);
}

TEST_F(VirtualTimeTest, ADateThatIsSetMakesNothingDue) {
    note(1h, "in an hour");
    time_.jumpWall(2h);
    EXPECT_FALSE(time_.runDue());
    EXPECT_EQ(time_.wall(), kStart + 2h);
    EXPECT_TRUE(time_.moveToNext(kStart + 4h));
    EXPECT_EQ(time_.wall(), kStart + 3h);
}

}  // namespace
}  // namespace greffe
