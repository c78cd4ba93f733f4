// SPDX-License-Identifier: Apache-2.0
#include "base/calm_clock.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class CalmClockTest : public testing::Test {
protected:
    const WallTime start_ = fromUnixMs(1'700'000'000'000);
    ManualClock machine_{start_};
    CalmClock calm_{machine_};
};

TEST_F(CalmClockTest, GoesWithTheMachineWhenNothingJumps) {
    machine_.advance(hours(30));
    EXPECT_EQ(calm_.wall(), start_ + hours(30));
    EXPECT_EQ(calm_.steady(), machine_.steady());
}

TEST_F(CalmClockTest, FollowsASmallStepAtOnce) {
    machine_.jumpWall(seconds(2));
    EXPECT_EQ(calm_.wall(), start_ + seconds(2));
    machine_.jumpWall(seconds(-2));
    EXPECT_EQ(calm_.wall(), start_);
}

TEST_F(CalmClockTest, AJumpThatIsSetRightHasNeverBeen) {
    for (const hours jump : {hours(1), hours(-1), hours(24 * 3'653)}) {
        const WallTime before = calm_.wall();
        machine_.jumpWall(jump);
        EXPECT_EQ(calm_.wall(), before);
        machine_.advance(minutes(14));
        EXPECT_EQ(calm_.wall(), before + minutes(14)) << "time goes on meanwhile";
        machine_.jumpWall(-jump);
        EXPECT_EQ(calm_.wall(), before + minutes(14));
    }
}

TEST_F(CalmClockTest, AJumpThatLastsIsTheDate) {
    machine_.jumpWall(hours(5));
    EXPECT_EQ(calm_.wall(), start_);
    machine_.advance(CalmClock::kBelievedAfter);
    EXPECT_EQ(calm_.wall(), start_ + hours(5) + CalmClock::kBelievedAfter);
    machine_.advance(minutes(1));
    EXPECT_EQ(calm_.wall(), machine_.wall());
}

TEST_F(CalmClockTest, SaysWhatItDoubtsAndForHowLong) {
    EXPECT_FALSE(calm_.doubt());
    machine_.jumpWall(seconds(2));
    EXPECT_FALSE(calm_.doubt());
    machine_.jumpWall(hours(-5));
    ASSERT_TRUE(calm_.doubt());
    EXPECT_EQ(calm_.doubt()->jump, hours(-5));
    machine_.advance(minutes(10));
    EXPECT_EQ(calm_.doubt()->believedIn, minutes(5));
    machine_.advance(minutes(5));
    EXPECT_FALSE(calm_.doubt());
}

TEST_F(CalmClockTest, EachJumpIsDoubtedAnew) {
    machine_.jumpWall(hours(5));
    EXPECT_EQ(calm_.wall(), start_);
    machine_.advance(minutes(10));
    machine_.jumpWall(hours(24));
    EXPECT_EQ(calm_.wall(), start_ + minutes(10));
    machine_.advance(minutes(10));
    EXPECT_EQ(calm_.wall(), start_ + minutes(20)) << "the second one has lasted ten minutes only";
}

}  // namespace
}  // namespace greffe
