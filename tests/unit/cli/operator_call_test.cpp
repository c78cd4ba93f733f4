// SPDX-License-Identifier: Apache-2.0
#include "cli/operator_call.h"

#include <gtest/gtest.h>

namespace greffe {
namespace {

constexpr std::int64_t kNowMs = 1'795'348'800'000;  // 2026-11-22T12:00:00Z

TEST(OperatorCall, AMomentIsADateOrAnAge) {
    EXPECT_EQ(momentOf("2026-11-22", kNowMs), kNowMs - 12 * 3'600'000);
    EXPECT_EQ(momentOf("30m", kNowMs), kNowMs - 30 * 60'000);
    EXPECT_EQ(momentOf("12h", kNowMs), kNowMs - 12 * 3'600'000);
    EXPECT_EQ(momentOf("7d", kNowMs), kNowMs - 7 * 86'400'000LL);
    for (const char* text :
         {"", "d", "7", "7w", "-1d", "7d ", "2026-13-40", "yesterday", "99999999999999999999d"})
        EXPECT_FALSE(momentOf(text, kNowMs)) << text;
}

TEST(OperatorCall, WhatIsMissingAroundUsIsAnotherExitCodeThanARefusal) {
    EXPECT_EQ(exitCodeOf(makeError(Errc::Invalid, "")), kBad);
    EXPECT_EQ(exitCodeOf(makeError(Errc::NotFound, "")), kBad);
    EXPECT_EQ(exitCodeOf(makeError(Errc::Exists, "")), kBad);
    EXPECT_EQ(exitCodeOf(makeError(Errc::Corrupt, "")), kBad);
    EXPECT_EQ(exitCodeOf(makeError(Errc::Denied, "")), kEnvironment);
    EXPECT_EQ(exitCodeOf(makeError(Errc::NoSpace, "")), kEnvironment);
    EXPECT_EQ(exitCodeOf(makeError(Errc::Closed, "")), kEnvironment);
}

}  // namespace
}  // namespace greffe
