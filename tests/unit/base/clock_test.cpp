// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

TEST(Clock, FormatsUtcWithMilliseconds) {
    EXPECT_EQ(formatUtc(fromUnixMs(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(formatUtc(fromUnixMs(1'835'438'399'007)), "2028-02-29T11:59:59.007Z");
    EXPECT_EQ(formatUtc(fromUnixMs(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Clock, AWallJumpLeavesTheMonotonicClockAlone) {
    ManualClock clock(fromUnixMs(1000));
    const auto before = clock.steady();
    clock.jumpWall(std::chrono::hours(24));
    EXPECT_EQ(clock.steady(), before);
    clock.advance(std::chrono::milliseconds(5));
    EXPECT_EQ(toUnixMs(clock.wall()), 1000 + 86'400'000 + 5);
}

}  // namespace
}  // namespace greffe
