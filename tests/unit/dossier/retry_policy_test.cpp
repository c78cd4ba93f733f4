// SPDX-License-Identifier: Apache-2.0
// How long a step that failed waits for its next attempt: between bounds, and never all in the same second.
#include "dossier/retry_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace greffe {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

RetryPolicy policyOf(std::uint32_t firstSeconds, std::uint32_t maxSeconds) {
    RetryPolicy policy;
    policy.firstDelaySeconds = firstSeconds;
    policy.maxDelaySeconds = maxSeconds;
    return policy;
}

TEST(RetryDelays, StayUnderACeilingThatDoublesUpToTheLongest) {
    RetryDelays delays(1);
    const RetryPolicy policy = policyOf(10, 3'600);
    for (std::int32_t failed = 1; failed <= 40; ++failed) {
        const milliseconds ceiling =
            std::min<milliseconds>(seconds(3'600), seconds(10) * (1LL << std::min(failed - 1, 20)));
        milliseconds longest{0};
        for (int draw = 0; draw < 500; ++draw) {
            const milliseconds delay = delays.next(policy, failed, seconds(0));
            ASSERT_GE(delay, milliseconds(100)) << "a busy loop, after " << failed;
            ASSERT_LE(delay, ceiling) << "after " << failed;
            longest = std::max(longest, delay);
        }
        EXPECT_GT(longest, ceiling * 9 / 10) << "the ceiling is used, after " << failed;
    }
}

// A thousand dossiers that failed in one second must not come back in one second.
TEST(RetryDelays, SpreadEvenlyOverTheWholeWidth) {
    RetryDelays delays(2);
    const RetryPolicy policy = policyOf(100, 3'600);
    std::vector<int> tenths(10);
    for (int draw = 0; draw < 10'000; ++draw)
        ++tenths[std::min<std::size_t>(9, delays.next(policy, 1, seconds(0)).count() / 10'000)];
    for (std::size_t i = 0; i < tenths.size(); ++i) {
        EXPECT_GT(tenths[i], 800) << "of 10 000 between " << i * 10 << " s and " << i * 10 + 10 << " s";
        EXPECT_LT(tenths[i], 1'200) << i;
    }
}

TEST(RetryDelays, TwoHousesDoNotDrawTheSame) {
    RetryDelays one(3);
    RetryDelays other(4);
    const RetryPolicy policy = policyOf(3'600, 3'600);
    int same = 0;
    for (int draw = 0; draw < 100; ++draw)
        same += one.next(policy, 1, seconds(0)) == other.next(policy, 1, seconds(0)) ? 1 : 0;
    EXPECT_LT(same, 3);
}

TEST(RetryDelays, NeverComeBeforeTheServiceAskedForThem) {
    RetryDelays delays(5);
    const RetryPolicy policy = policyOf(1, 2);
    for (int draw = 0; draw < 1'000; ++draw) {
        const milliseconds delay = delays.next(policy, 1, seconds(100));
        ASSERT_GE(delay, seconds(100)) << "the service said when, and its word is longer than the policy's";
        ASSERT_LE(delay, seconds(111));
    }
}

TEST(RetryDelays, SurviveTheEndsOfTheirNumbers) {
    RetryDelays delays(6);
    const auto most = std::numeric_limits<std::uint32_t>::max();
    for (const std::int32_t failed :
         {std::numeric_limits<std::int32_t>::min(), 0, 1, 64, std::numeric_limits<std::int32_t>::max()}) {
        EXPECT_LE(delays.next(policyOf(most, most), failed, seconds(0)), seconds(most)) << failed;
        EXPECT_GE(delays.next(policyOf(most, most), failed, seconds(0)), milliseconds(100)) << failed;
        EXPECT_EQ(delays.next(policyOf(0, 1), failed, seconds(0)), milliseconds(100))
            << "a busy loop, after " << failed;
    }
}

}  // namespace
}  // namespace greffe
