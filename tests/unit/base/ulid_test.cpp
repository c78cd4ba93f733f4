// SPDX-License-Identifier: Apache-2.0
#include "base/ulid.h"

#include <gtest/gtest.h>

#include <set>

namespace greffe {
namespace {

TEST(Ulid, GrowsWithinAMillisecondAndWhenTheClockStepsBack) {
    ManualClock clock(fromUnixMs(1'700'000'000'000));
    UlidSource source(clock);
    std::string last;
    for (int i = 0; i < 1000; ++i) {
        if (i == 500) clock.jumpWall(std::chrono::hours(-1));
        std::string next = source.next();
        EXPECT_TRUE(isUlid(next)) << next;
        EXPECT_LT(last, next);
        last = std::move(next);
    }
}

TEST(Ulid, CarriesItsTime) {
    const ManualClock clock(fromUnixMs(1'469'918'176'385));  // the example of the ULID specification
    UlidSource source(clock);
    EXPECT_EQ(source.next().substr(0, 10), "01ARYZ6S41");
}

TEST(Ulid, ShortIdsOfManyAreDistinct) {
    std::set<std::string> seen;
    ManualClock clock(fromUnixMs(1));
    for (int i = 0; i < 2000; ++i) {
        UlidSource source(clock);
        seen.emplace(shortId(source.next()));
    }
    EXPECT_EQ(seen.size(), 2000U);
}

TEST(Ulid, RefusesWhatIsNone) {
    EXPECT_FALSE(isUlid(""));
    EXPECT_FALSE(isUlid("81ARYZ6S410000000000000000"));
    EXPECT_FALSE(isUlid("01ARYZ6S41000000000000000U"));
}

}  // namespace
}  // namespace greffe
