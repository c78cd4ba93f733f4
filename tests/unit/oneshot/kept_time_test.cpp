// SPDX-License-Identifier: Apache-2.0
#include "oneshot/kept_time.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

constexpr const char* kKept = "2026-11-22T03:59:02.125Z";

TEST(KeptTime, TheLastDayIsAnAnniversary) {
    EXPECT_TRUE(isAnniversary("2036-11-22", kKept));
    EXPECT_TRUE(isAnniversary("2026-11-22", kKept));
    EXPECT_TRUE(isAnniversary("2038-02-28", "2028-02-29T12:00:00.000Z"));
    EXPECT_TRUE(isAnniversary("2032-02-29", "2028-02-29T12:00:00.000Z"));
    EXPECT_FALSE(isAnniversary("2032-02-28", "2028-02-29T12:00:00.000Z"));
    for (const char* wrong : {"2036-11-23", "2025-11-22", "2036-12-22", "2036-02-30", "2036-11-22 ",
                              "2036-11-2", "+036-11-22", "never", "", "2036/11/22", "-001-11-22"})
        EXPECT_FALSE(isAnniversary(wrong, kKept)) << wrong;
    for (const char* wrong : {"", "2026", "2026-13-22T03:59:02Z", "yesterday"})
        EXPECT_FALSE(isAnniversary("2036-11-22", wrong)) << wrong;
}

TEST(KeptTime, ASealStatesItsSecond) {
    constexpr std::int64_t kUnix = 1'795'320'000;  // 2026-11-22T04:00:00Z
    for (const char* same : {"2026-11-22T04:00:00Z", "2026-11-22T04:00:00+00:00", "2026-11-22T04:00:00"})
        EXPECT_TRUE(isSameSecond(same, kUnix)) << same;
    for (const char* other : {"2026-11-22T04:00:01Z", "2026-11-22T04:00:00+01:00", "", "2026-11-22"})
        EXPECT_FALSE(isSameSecond(other, kUnix)) << other;
    EXPECT_FALSE(isSameSecond("2026-11-22T04:00:00Z", INT64_MAX)) << "what a stranger may have written";
    EXPECT_FALSE(isSameSecond("2026-11-22T04:00:00Z", INT64_MIN));
}

}  // namespace
}  // namespace greffe
